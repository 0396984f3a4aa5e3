import type { Output } from './output.ts';

export interface Step {
  /** What is being done, such as `copy accounts`. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
}

const BAR = 30;
const ERASE_LINE = '\r\x1b[2K';

/**
 * How far a long command has come, on standard error: a bar where somebody watches, a line for each finished step where
 * a file does, nothing where a program reads.
 */
export class Progress {
  readonly #isSilent: boolean;
  readonly #isTerminal = process.stderr.isTTY === true;
  #label = '';
  #isOpen = false;

  constructor({ json }: Output) {
    this.#isSilent = json;
  }

  show({ label, done, total }: Step): void {
    if (this.#isSilent || total === 0) return;
    const isFinished = done >= total;
    if (this.#isTerminal) {
      if (label !== this.#label) this.end();
      process.stderr.write(`${ERASE_LINE}${bar(done, total)} ${label}  ${done} of ${total}`);
      this.#isOpen = true;
    } else if (isFinished && label !== this.#label) {
      process.stderr.write(`${label}  ${done} of ${total}\n`);
    }
    if (this.#isTerminal || isFinished) this.#label = label;
  }

  /** Leaves the bar standing, and the cursor below it. */
  end(): void {
    if (this.#isOpen) process.stderr.write('\n');
    this.#isOpen = false;
  }
}

function bar(done: number, total: number): string {
  const full = Math.min(BAR, Math.floor((done / total) * BAR));
  return `[${'#'.repeat(full)}${' '.repeat(BAR - full)}]`;
}
