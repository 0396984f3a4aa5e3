import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../tables/index.ts';

type Work<T> = (transaction: Kysely<Tables>) => Promise<T>;

interface Job {
  readonly work: Work<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** So that the first of many does not wait for ever, and a lost commit does not fail everybody. */
const LARGEST_GROUP = 64;

/**
 * One writer behind a queue. A durable commit waits for the disk, and everybody behind it waits too; so the
 * transactions that are waiting when the writer gets free share one commit. Each is a savepoint of its own: one that
 * throws is undone alone. Nobody is answered before the commit is on disk, and if it fails, everybody fails.
 */
export class GroupCommit {
  readonly #writer: Kysely<Tables>;
  #waiting: Job[] = [];
  #isBusy = false;

  constructor(writer: Kysely<Tables>) {
    this.#writer = writer;
  }

  transaction<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (this.#isBusy) return;
      this.#isBusy = true;
      // After what this turn of the event loop still brings: requests that arrived together commit together.
      setImmediate(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, LARGEST_GROUP);
      try {
        const answers = await this.#writer.transaction().execute((transaction) => runAll(group, transaction));
        for (const answer of answers) answer();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#isBusy = false;
  }
}

/** Runs each in its savepoint; returns how each is to be answered once all is committed. */
async function runAll(group: readonly Job[], transaction: Kysely<Tables>): Promise<(() => void)[]> {
  const answers: (() => void)[] = [];
  for (const { work, resolve, reject } of group) {
    await sql`savepoint job`.execute(transaction);
    try {
      const value = await work(transaction);
      answers.push(() => resolve(value as never));
    } catch (error) {
      await undo(transaction, error);
      answers.push(() => reject(error));
    }
    await sql`release job`.execute(transaction);
  }
  return answers;
}

/** @throws `reason` when there is nothing left to undo: a full disk makes SQLite roll the whole transaction back. */
async function undo(transaction: Kysely<Tables>, reason: unknown): Promise<void> {
  try {
    await sql`rollback to job`.execute(transaction);
  } catch {
    throw reason;
  }
}
