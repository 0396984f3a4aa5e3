import { type DestinationStream, type Logger, pino } from 'pino';
import { createLog } from '../../log.ts';
import { readableLines } from './readable-lines.ts';

export interface ProcessLog {
  readonly log: Logger;
  /** Resolves when all lines are written, or at once if nothing reads them any more. */
  finish(): Promise<void>;
}

interface Output {
  readonly destination: DestinationStream;
  finish(): Promise<void>;
}

/** The log of a server process, on standard output. @param isReadable for a person who watches, instead of JSON */
export function openProcessLog(level: string, { isReadable }: { readonly isReadable: boolean }): ProcessLog {
  // A terminal or a pipe that is gone ends no server: the lines are lost, and a signal says the rest.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const { destination, finish } = isReadable ? terminal() : linesOfJson();
  return { log: createLog(level, destination), finish };
}

function terminal(): Output {
  // Node writes to terminals synchronously.
  return { destination: readableLines(process.stdout), finish: async () => {} };
}

/** Written by libuv's threads, so that a slow reader does not stop requests. */
function linesOfJson(): Output {
  const output = pino.destination({ dest: 1, minLength: 0, sync: false });
  let isBroken = false;
  output.once('error', () => {
    isBroken = true;
  });
  const written = () =>
    new Promise<void>((resolve) => {
      output.once('drain', resolve).once('error', () => resolve());
      // Even where nothing waits, one drain follows.
      output.write('');
    });
  return {
    destination: output,
    async finish() {
      if (!isBroken) await written();
      // At the exit of the process, pino repeats a write to a closed pipe for ever.
      output.flushSync = () => {};
    },
  };
}
