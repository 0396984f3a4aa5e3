import type { Failure } from './failure.ts';

/** Where commands print: answers to standard output, everything else to standard error. */
export class Output {
  /** Whether a program reads along: documents instead of text, on both streams. */
  readonly json: boolean;

  constructor({ json }: { readonly json: boolean }) {
    this.json = json;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      // `latchkey user list | head -1`: whoever reads has seen enough.
      if (error.code !== 'EPIPE') throw error;
    });
  }

  /** The answer of a command. It has one. */
  show(document: object, text: string): void {
    process.stdout.write(`${this.json ? JSON.stringify(document, null, 2) : text.trimEnd()}\n`);
  }

  warn(message: string): void {
    process.stderr.write(`${this.json ? JSON.stringify({ warning: message }) : `warning: ${message}`}\n`);
  }

  fail({ code, message, mistakes, stack }: Failure): void {
    const document = { error: { code, message, ...(mistakes && { mistakes }) } };
    const text = stack ?? (mistakes ? message : `error: ${message}`);
    process.stderr.write(`${this.json ? JSON.stringify(document) : text}\n`);
  }
}
