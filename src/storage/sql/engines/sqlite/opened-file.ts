import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseUnusable } from '../../../errors.ts';

/** Between two looks while only reads are served. Commits and health checks look each time. */
const LOOK_MS = 1_000;

export interface OpenedFileOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Called once when the file is gone, with what to do about it, and once with undefined when it is back. */
  readonly onChange?: ((problem: DatabaseUnusable | undefined) => void) | undefined;
}

/**
 * Whether the database that this process has open is still the one at its path. A file that was removed or replaced goes
 * on to work for who has it open, and everything that is written to it is lost when the process ends. The log of recent
 * commits beside it (`-wal`) is a part of the database.
 */
export class OpenedFile {
  readonly #paths: readonly string[];
  readonly #options: OpenedFileOptions;
  readonly #identities = new Map<string, string>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isSame = true;

  constructor(path: string, options: OpenedFileOptions) {
    this.#paths = [resolve(path), `${resolve(path)}-wal`];
    this.#options = options;
  }

  /** Looks when it has not for a second. @throws DatabaseUnusable */
  assertSame(): void {
    if (this.#isSame && this.#options.now() - this.#lookedAt < LOOK_MS) return;
    this.assertSameNow();
  }

  /** Costs a few microseconds. @throws DatabaseUnusable */
  assertSameNow(): void {
    this.#lookedAt = this.#options.now();
    const changed = this.#paths.find((path) => !this.#isOpened(path));
    const problem = changed === undefined ? undefined : goneFrom(changed);
    if ((problem === undefined) !== this.#isSame) {
      this.#isSame = problem === undefined;
      this.#options.onChange?.(problem);
    }
    if (problem !== undefined) throw problem;
  }

  #isOpened(path: string): boolean {
    const known = this.#identities.get(path);
    const found = identityOf(path);
    // SQLite makes the log when it needs it.
    if (known === undefined && found !== undefined) this.#identities.set(path, found);
    return known === undefined || known === found;
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

const goneFrom = (path: string) =>
  new DatabaseUnusable(
    `${path} was removed or replaced while it was in use`,
    'stop Latchkey, put the file back or restore a backup, and start it again',
  );
