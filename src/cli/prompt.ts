import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { refusedError } from './cli-error.ts';

/** Whether there is somebody to ask. Questions go to standard error: the other stream is for the answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks for one line. */
export function ask(question: string): Promise<string> {
  return readLine(question, process.stderr);
}

/** @throws CliError `not_confirmed` */
export async function confirm(question: string): Promise<void> {
  if ((await ask(question)).trim().toLowerCase() === 'yes') return;
  throw refusedError('not_confirmed', 'not confirmed; nothing was changed');
}

/** Asks for one line and does not show what is typed. */
export async function askHidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const typed = await readLine(question, nowhere);
  process.stderr.write('\n');
  return typed;
}

async function readLine(question: string, echo: NodeJS.WritableStream): Promise<string> {
  // From here on the terminal itself shows nothing: keys arrive one by one, and `echo` gets what may be seen.
  const lines = createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 });
  const givingUp = new AbortController();
  lines.once('SIGINT', () => givingUp.abort()).once('close', () => givingUp.abort());
  // Only now: somebody may type as soon as they are asked.
  process.stderr.write(question);
  try {
    return await lines.question('', { signal: givingUp.signal });
  } catch (error) {
    if (!givingUp.signal.aborted) throw error;
    process.stderr.write('\n');
    throw refusedError('not_confirmed', 'given up; nothing was changed');
  } finally {
    lines.close();
  }
}
