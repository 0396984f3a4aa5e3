import { setTimeout as pause } from 'node:timers/promises';
import { send, type WireAnswer, type WireRequest } from '../support/wire.ts';
import type { Ledger } from './ledger.ts';
import type { Postbox } from './postbox.ts';
import type { Seeded } from './seeded.ts';

/** Something that must not be. */
export class Fault extends Error {}

/** No answer came, or one that says that there is none: what was asked for was done, or was not. */
export const LOST = undefined;
export type Reply = WireAnswer | typeof LOST;

const PATIENCE_MS = 60_000;

/** What the clients of one run share: where the server is, what time it is there, what was acknowledged. */
export class World {
  readonly ledger: Ledger;
  readonly postbox: Postbox;
  readonly chance: Seeded;
  /** Wrong passwords, by account: how many were sent, and how many answered. */
  readonly guesses = new Map<string, { sent: number; answered: number }>();
  readonly counts: Record<string, number> = {};
  /** The clock of the server runs ahead of ours, and further with every restart. */
  aheadMs = 0;
  isEnding = false;
  #up = Promise.withResolvers<string>();
  #isUp = false;
  #fault: Fault | undefined;
  #names = 0;

  constructor(options: { ledger: Ledger; postbox: Postbox; chance: Seeded }) {
    this.ledger = options.ledger;
    this.postbox = options.postbox;
    this.chance = options.chance;
  }

  now(): number {
    return Date.now() + this.aheadMs;
  }

  name(kind: string): string {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  serverIsUp(url: string): void {
    this.#isUp = true;
    this.#up.resolve(url);
  }

  serverIsGone(): void {
    // Whoever waits for one that never came up waits for the next.
    if (this.#isUp) this.#up = Promise.withResolvers();
    this.#isUp = false;
  }

  blame(error: unknown): void {
    this.#fault ??= error instanceof Fault ? error : new Fault(String(error), { cause: error });
    this.isEnding = true;
    // Nobody waits for a server any more.
    this.#up.resolve('http://127.0.0.1:9');
  }

  /** @throws the first fault that anybody found */
  assertSound(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** One request. A refusal for want of a database or of room counts as no answer, if it says when to come back. */
  async ask(path: string, request: WireRequest = {}): Promise<Reply> {
    const waiting = this.#up;
    const url = await waiting.promise;
    this.assertSound();
    let answer: WireAnswer;
    try {
      answer = await send(`${url}${path}`, request);
    } catch (error) {
      this.count('requests without answer');
      await this.#next(waiting, error);
      return LOST;
    }
    this.count('requests answered');
    if (answer.status < 500) return answer;
    if (answer.status !== 503 || !/^[1-9]\d*$/.test(answer.headers.get('retry-after') ?? ''))
      throw new Fault(`${path}: ${answer.status} ${answer.text}`);
    this.count('requests refused with 503');
    await pause(100);
    return LOST;
  }

  /** For what may be done twice. */
  async askUntilAnswered(
    path: string,
    request: WireRequest = {},
    onLost: () => void = () => {},
  ): Promise<WireAnswer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.ask(path, request);
      if (answer !== LOST) return answer;
      onLost();
      if (performance.now() > deadline) throw new Fault(`${path}: no answer for a minute`);
    }
  }

  /** Resolves when `is` has become true. */
  async until(what: string, is: () => boolean): Promise<void> {
    const deadline = performance.now() + 5 * PATIENCE_MS;
    while (!is()) {
      this.assertSound();
      if (performance.now() > deadline) throw new Fault(`waited five minutes for ${what}`);
      await pause(20);
    }
  }

  /** A connection breaks when the server dies, and then only. */
  async #next(lost: PromiseWithResolvers<string>, cause: unknown): Promise<void> {
    const deadline = performance.now() + 5_000;
    while (this.#up === lost) {
      this.assertSound();
      if (performance.now() > deadline)
        throw new Fault(`a living server cut a connection: ${cause}`, { cause });
      await pause(5);
    }
  }
}
