import type { Writable } from 'node:stream';
import { printable } from '../../config/printable.ts';

const LONGEST_TEXT = 500;

/** Fields that the rest of the line says already. */
const SAID = new Set(['level', 'time', 'msg', 'event', 'url', 'err']);

/** Log lines for somebody who watches: the time, the level where it matters, the message, then the facts. */
export function readableLines(output: Writable): { write(line: string): void } {
  return {
    write(line) {
      output.write(`${inWords(JSON.parse(line))}\n`);
    },
  };
}

function inWords(entry: Record<string, unknown>): string {
  const { time, level, msg, err } = entry;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const loud = level === 'info' ? '' : `${String(level).toUpperCase()} `;
  const facts = Object.entries(entry)
    .filter(([name]) => !SAID.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const words = printable([`${loud}${msg}`, ...facts].join('  '), LONGEST_TEXT);
  return [`${clock}  ${words}`, ...stackOf(err)].join('\n');
}

function stackOf(err: unknown): string[] {
  if (typeof err !== 'object' || err === null) return [];
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  return String(stack || message)
    .split('\n')
    .map((line) => `    ${printable(line, LONGEST_TEXT)}`);
}
