import { type Command, Option } from 'commander';
import { usageError } from './cli-error.ts';
import type { Output } from './output.ts';
import { askHidden, canAsk } from './prompt.ts';

export interface PasswordOptions {
  readonly password?: string;
  readonly passwordStdin?: true;
}

/** What operators set must be as long as what people set. */
export const passwordPolicy = { minLength: 8 };

/** The longest password is 1024 bytes; nobody needs us to swallow more than a line. */
const LONGEST_LINE_BYTES = 4_096;
const LINE_FEED = 0x0a;

export function withPasswordOptions(command: Command): Command {
  return command
    .addOption(new Option('--password-stdin', 'read the password from standard input, one line'))
    .addOption(
      new Option(
        '--password <password>',
        'the password; others can see it in the list of processes',
      ).conflicts('passwordStdin'),
    );
}

/**
 * The password that was given in one of the ways there are, or typed at the terminal. Undefined where nobody gave
 * any: nothing typed, or no terminal.
 */
export async function readPassword(
  { password, passwordStdin }: PasswordOptions,
  { output, question }: { readonly output: Output; readonly question: string },
): Promise<string | undefined> {
  if (password !== undefined) {
    output.warn('--password can be seen in the list of processes and in the history; use --password-stdin');
    return password;
  }
  const typed = await typedPassword(passwordStdin === true, question);
  if (typed === '' && passwordStdin) throw usageError('there is no password on standard input');
  return typed === '' ? undefined : typed;
}

/** Empty where nothing was typed, or nobody could be asked. */
async function typedPassword(fromStdin: boolean, question: string): Promise<string> {
  if (fromStdin && !process.stdin.isTTY) return readStandardInput();
  return canAsk() ? askTwice(question) : '';
}

async function askTwice(question: string): Promise<string> {
  const first = await askHidden(`${question}: `);
  if (first === '' || (await askHidden('Once more: ')) === first) return first;
  throw usageError('the two passwords differ; nothing was changed');
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (chunk.includes(LINE_FEED)) break;
    if (bytes > LONGEST_LINE_BYTES) throw usageError('the line on standard input is too long for a password');
  }
  const all = Buffer.concat(chunks);
  const end = all.indexOf(LINE_FEED);
  return decode(end < 0 ? all : all.subarray(0, end)).replace(/\r$/, '');
}

/** A byte that is no UTF-8 would become a character that nobody can type again. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usageError('the password on standard input is not UTF-8');
  }
}
