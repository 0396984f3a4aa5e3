import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Message, OutboxStore } from '../../src/core/message/index.ts';
import type { Clock, Log, Random } from '../../src/core/ports.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { createSealing } from '../../src/crypto/sealing.ts';
import { type Channel, OutboxWorker, type OutboxWorkerOptions } from '../../src/delivery/index.ts';
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

/** An outbox in a database of its own, and workers on it. */
export async function openOutbox(t: TestContext) {
  const { storage, close } = await openTestStorage();
  const clock = new ManualClock();
  const log = new CapturingLog();
  const sealing = createSealing(randomBytes(32), systemRandom);
  const workers: OutboxWorker[] = [];
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
        channel: message.channel,
        sealed,
        recipient: change.to ?? id,
        ...(challengeId !== undefined && { challengeId }),
        createdAt: clock.now(),
        expiresAt,
      });
      return id;
    },
    worker(channels: readonly Channel[], options: Partial<OutboxWorkerOptions> = {}): OutboxWorker {
      const worker = new OutboxWorker({
        store,
        open: (sealed, id) => JSON.parse(sealing.open(sealed, id)),
        channels,
        clock,
        random: longestPauses,
        log,
        owner: `worker ${workers.length + 1}`,
        sender: { productName: 'Latchkey' },
        ...options,
      });
      workers.push(worker);
      return worker;
    },
  };
}

const EXAMPLE: Message = { channel: 'email', topic: 'sign_in', to: 'alice@example.com', code: '481516' };
