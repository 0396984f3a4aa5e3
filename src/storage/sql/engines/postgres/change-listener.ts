import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Freshness } from '../engine.ts';

/** What the triggers of migration 0005 talk on. */
export const CHANNEL = 'latchkey_sessions';
/** A round trip that takes longer is no help to the request that waits for it. */
const CONFIRM_MS = 500;
/** How long the trial of a new connection may take. */
const TRIAL_MS = 2_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface ListenerOptions {
  /** Of its own, not connected yet. */
  createClient(): Client;
  /** Says something on the channel, on any other connection. */
  notify(text: string): Promise<void>;
}

/**
 * Hears of every change to a live session that anybody commits (decision 0014).
 *
 * A notification is on its way when the commit is answered, and may be late. So `confirm` asks the server something on
 * the connection that listens: PostgreSQL sends what it has for a session before it answers that session, so that an
 * answer proves that all that was committed before the question has been heard. One question serves all requests
 * that wait. Without an answer nothing is confirmed, the connection is given up, and everything is read.
 */
export class ChangeListener implements Freshness {
  readonly #options: ListenerOptions;
  readonly #listeners: ((account: string | undefined) => void)[] = [];
  #client: Client | undefined;
  #generation = 0;
  #isHealthy = false;
  #isConnecting = false;
  #isClosed = false;
  #failures = 0;
  #onTrial: ((text: string) => void) | undefined;
  /** The question that is under way. */
  #asked: Promise<unknown> = Promise.resolve();
  /** The one after it, for whoever came too late for that. */
  #next: Promise<boolean> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** The first to ask makes it connect, so that a command that reads no session has no such connection. */
  version(): number | undefined {
    if (this.#isHealthy) return this.#generation;
    if (!this.#isConnecting && !this.#isClosed) void this.#connect();
    return undefined;
  }

  confirm(): Promise<boolean> {
    this.#next ??= this.#asked.then(() => {
      this.#next = undefined;
      const asked = this.#ask();
      this.#asked = asked;
      return asked;
    });
    return this.#next;
  }

  onChange(listener: (account: string | undefined) => void): void {
    this.#listeners.push(listener);
  }

  forget(account: string): void {
    this.#tell(account);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = this.#client;
    this.#giveUp();
    await client?.end().catch(() => {});
  }

  async #ask(): Promise<boolean> {
    const client = this.#client;
    if (client === undefined || !this.#isHealthy) return false;
    const isAnswered = await new Promise<boolean>((resolve) => {
      // A process that was busy for so long has not looked at its sockets: it does before it complains.
      const complain = () => setImmediate(() => setImmediate(() => resolve(false)));
      const timeout = setTimeout(complain, CONFIRM_MS);
      const settle = (answer: boolean) => {
        clearTimeout(timeout);
        resolve(answer);
      };
      client.query('select 1').then(
        () => settle(true),
        () => settle(false),
      );
    });
    if (client !== this.#client) return false;
    if (!isAnswered) this.#lose();
    return isAnswered;
  }

  async #connect(): Promise<void> {
    this.#isConnecting = true;
    const client = this.#options.createClient();
    const lost = () => {
      if (client === this.#client) this.#lose();
    };
    client.on('error', lost).on('end', lost);
    client.on('notification', ({ payload = '' }) => {
      if (client === this.#client) this.#hear(payload);
    });
    try {
      this.#client = client;
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      await this.#try();
      if (client !== this.#client || this.#isClosed) throw new Error('lost meanwhile');
      this.#generation += 1;
      this.#isHealthy = true;
      this.#isConnecting = false;
      this.#failures = 0;
    } catch {
      // Otherwise the loss was noticed, and the next attempt is waited for already.
      if (client === this.#client) this.#lose();
      client.end().catch(() => {});
    }
  }

  /** Something between us and the server may take LISTEN and deliver nothing: a pooler that lends sessions out. */
  async #try(): Promise<void> {
    const trial = `trial:${randomUUID()}`;
    const heard = new Promise<void>((resolve) => {
      this.#onTrial = (text) => {
        if (text === trial) resolve();
      };
    });
    await this.#options.notify(trial);
    const silence = pause(TRIAL_MS, 'silence' as const, { ref: false });
    if ((await Promise.race([heard, silence])) === 'silence') throw new Error('nothing is delivered here');
  }

  #hear(text: string): void {
    if (text === 'all') this.#tell(undefined);
    else if (text.startsWith('account:')) this.#tell(text.slice('account:'.length));
    else this.#onTrial?.(text);
  }

  #tell(account: string | undefined): void {
    for (const listener of this.#listeners) listener(account);
  }

  /** What is kept is worth nothing from here on. Another connection is tried after a while, not by every request. */
  #lose(): void {
    const client = this.#client;
    this.#giveUp();
    // Not `end`, which would wait for a server that says nothing.
    (client as unknown as { connection?: { stream?: { destroy(): void } } })?.connection?.stream?.destroy();
    if (this.#isClosed) return;
    this.#isConnecting = true;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    setTimeout(() => {
      this.#isConnecting = false;
    }, pauseMs).unref();
  }

  #giveUp(): void {
    this.#client = undefined;
    this.#isHealthy = false;
    this.#generation += 1;
    this.#tell(undefined);
  }
}
