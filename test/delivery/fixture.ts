import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { JobKind, Message, OutboxEntry, OutboxStore } from '../../src/core/message/index.ts';
import type { Clock, Log, Random } from '../../src/core/ports.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { createSealing } from '../../src/crypto/sealing.ts';
import {
  type Channel,
  createHandlers,
  OutboxWorker,
  type OutboxWorkerOptions,
} from '../../src/delivery/index.ts';
import { openTestStorage } from '../support/storage.ts';

const START = Date.UTC(2026, 8, 1, 12);

export const HOUR_MS = 3_600_000;

/** Stands still until it is told otherwise. */
export class ManualClock implements Clock {
  #now = START;

  now(): number {
    return this.#now;
  }

  advance(durationMs: number): void {
    this.#now += durationMs;
  }
}

/** Everything that was logged, as a log file would show it. */
export class CapturingLog implements Log {
  readonly #lines: string[] = [];

  debug(fields: object, message: string): void {
    this.#lines.push(JSON.stringify({ ...fields, level: 'debug', message }));
  }

  info(fields: object, message: string): void {
    this.#lines.push(JSON.stringify({ ...fields, level: 'info', message }));
  }

  warn(fields: object, message: string): void {
    this.#lines.push(JSON.stringify({ ...fields, level: 'warn', message }));
  }

  error(fields: object, message: string): void {
    this.#lines.push(JSON.stringify({ ...fields, level: 'error', message }));
  }

  text(): string {
    return this.#lines.join('\n');
  }
}

/** The longest pauses that jitter can choose, so that a test knows when a retry is due. */
const longestPauses: Random = { ...systemRandom, int: (max) => max - 1 };

/** What the observer of a worker heard, by outcome. */
export interface Outcomes {
  sent: number;
  retried: number;
  abandoned: number;
}

/**
 * The same store, with a way to wait until a worker on it has nothing left to do: it has abandoned what expired, has
 * recorded an outcome for all that it claimed, and its last claim of each kind found nothing.
 */
function watched(store: OutboxStore, { clock, kinds }: { clock: Clock; kinds: number }) {
  /** Kinds of which a claim has found nothing since there was last something new to find. */
  const idle = new Set<JobKind | undefined>();
  let round = 0;
  const lookAgain = () => {
    round += 1;
    idle.clear();
  };
  let inProgress = 0;
  let check = async () => {};
  const recorded = async (recording: Promise<void>) => {
    try {
      await recording;
    } finally {
      inProgress -= 1;
      lookAgain();
    }
  };
  const watching: OutboxStore = {
    ...store,
    async claim(options) {
      const begunIn = round;
      const entries = await store.claim(options);
      inProgress += entries.length;
      if (entries.length > 0) lookAgain();
      else if (begunIn === round) idle.add(options.kind);
      await check();
      return entries;
    },
    markSent: (...given) => recorded(store.markSent(...given)),
    markRetry: (...given) => recorded(store.markRetry(...given)),
    markAbandoned: (...given) => recorded(store.markAbandoned(...given)),
  };
  return {
    store: watching,
    untilIdle(): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      lookAgain();
      check = async () => {
        if (inProgress > 0 || idle.size < kinds) return;
        const isExpired = ({ state, expiresAt }: OutboxEntry) =>
          state === 'pending' && expiresAt <= clock.now();
        // In the next turn, when the claim has returned to its worker.
        if (!(await store.list(1_000)).some(isExpired)) setImmediate(resolve);
      };
      return promise;
    },
  };
}

/** An outbox in a database of its own, and workers on it. */
export async function openOutbox(t: TestContext) {
  const { storage, close } = await openTestStorage();
  const clock = new ManualClock();
  const log = new CapturingLog();
  const sealing = createSealing(randomBytes(32), systemRandom);
  const workers: OutboxWorker[] = [];
  const rounds = new Map<OutboxWorker, () => Promise<Outcomes>>();
  t.after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await close();
  });
  const store: OutboxStore = storage.outbox;

  return {
    clock,
    log,
    store,
    /** As a flow would write it, due at once. Messages without `to` go to different people. */
    async enqueue(
      change: Partial<Message> = {},
      { tampered = false, challengeId }: { tampered?: boolean; challengeId?: string } = {},
    ): Promise<string> {
      const id = systemRandom.uuid();
      const expiresAt = change.expiresAt ?? clock.now() + HOUR_MS;
      const message: Message = { ...EXAMPLE, expiresAt, ...change };
      const sealed = sealing.seal(JSON.stringify(message), id);
      if (tampered) sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
      await store.add({
        id,
        kind: message.channel,
        sealed,
        recipient: change.to ?? id,
        ...(challengeId !== undefined && { challengeId }),
        createdAt: clock.now(),
        expiresAt,
      });
      return id;
    },
    /** A job of any kind, due at once. */
    async enqueueJob(kind: string, payload: object): Promise<string> {
      const id = systemRandom.uuid();
      const createdAt = clock.now();
      await store.add({
        id,
        kind: kind as JobKind,
        sealed: sealing.seal(JSON.stringify(payload), id),
        createdAt,
        expiresAt: createdAt + HOUR_MS,
      });
      return id;
    },
    worker(channels: readonly Channel[], options: Partial<OutboxWorkerOptions> = {}): OutboxWorker {
      const { store: own = store, observer, settings, ...rest } = options;
      const handlers = createHandlers({ channels, clock, sender: { productName: 'Latchkey' } });
      const kinds = Object.keys(rest.handlers ?? handlers).length;
      const { store: watching, untilIdle } = watched(own, { clock, kinds });
      let outcomes: Outcomes = { sent: 0, retried: 0, abandoned: 0 };
      const worker = new OutboxWorker({
        open: (entry) => ({ kind: entry.kind, payload: JSON.parse(sealing.open(entry.sealed, entry.id)) }),
        handlers,
        clock,
        random: longestPauses,
        log,
        owner: `worker ${workers.length + 1}`,
        ...rest,
        store: watching,
        settings: { pollIntervalMs: 1, ...settings },
        observer(outcome, count) {
          outcomes[outcome] += count;
          observer?.(outcome, count);
        },
      });
      workers.push(worker);
      rounds.set(worker, async () => {
        const idle = untilIdle();
        worker.start();
        await idle;
        const heard = outcomes;
        outcomes = { sent: 0, retried: 0, abandoned: 0 };
        return heard;
      });
      return worker;
    },

    /**
     * Starts a worker that is not started, and waits until it has nothing left to do.
     * @returns what its observer heard since the last call
     */
    async work(worker: OutboxWorker): Promise<Outcomes> {
      const round = rounds.get(worker);
      if (round === undefined) throw new Error('not a worker of this outbox');
      return round();
    },
  };
}

const EXAMPLE: Message = { channel: 'email', topic: 'sign_in', to: 'alice@example.com', code: '481516' };
