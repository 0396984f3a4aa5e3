import { type Kysely, sql } from 'kysely';
import type { Tables } from '../../tables/index.ts';
import { type Patience, type Wait, WaitedInVain, waitFrom } from './faults.ts';

type Work<T> = (transaction: Kysely<Tables>) => Promise<T>;

interface Job {
  readonly wait: Wait;
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
 * While another process holds the write lock, each gives up when its own wait is over.
 */
export class GroupCommit {
  readonly #writer: Kysely<Tables>;
  readonly #patience: Patience;
  #waiting: Job[] = [];
  #isBusy = false;

  /** @param openWriter opens a writer whose operations wait as long as they are told to */
  constructor(openWriter: (newWait: () => Wait) => Kysely<Tables>, patience: Patience) {
    this.#patience = patience;
    this.#writer = openWriter(() => ({ isOver: () => !this.#hasPatientJobs() }));
  }

  transaction<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ wait: waitFrom(this.#patience), work, resolve, reject });
      if (this.#isBusy) return;
      this.#isBusy = true;
      // After what this turn of the event loop still brings: requests that arrived together commit together.
      setImmediate(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      let group: Job[] = [];
      try {
        const answers = await this.#writer.transaction().execute((transaction) => {
          group = this.#waiting.splice(0, LARGEST_GROUP);
          return runAll(group, transaction);
        });
        for (const answer of answers) answer();
      } catch (error) {
        // Where none could begin because of another process, each of them has patience of its own.
        if (group.length === 0 && !(error instanceof WaitedInVain)) group = this.#waiting.splice(0);
        for (const { reject } of group) reject(error);
      }
    }
    this.#isBusy = false;
  }

  /** Refuses those whose wait is over. */
  #hasPatientJobs(): boolean {
    const { over = [], patient = [] } = Object.groupBy(this.#waiting, ({ wait }) =>
      wait.isOver() ? 'over' : 'patient',
    );
    this.#waiting = patient;
    for (const { reject } of over) reject(new WaitedInVain());
    return patient.length > 0;
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
