import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2';
import { HashQueue } from './hash-queue.ts';
import type { Random } from './random.ts';

/** One admitted request's place in the queue; dispose it when no (more) hash is needed. */
export interface HashPlace extends Disposable {
  /** PHC string format. */
  hash(password: string): Promise<string>;
  /**
   * False for a wrong password and for a corrupt hash (which is reported). Without a hash it does the same work
   * against a dummy of the same parameters and is false: an unknown account costs what a known one costs.
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
}

export interface HashParameters {
  readonly memoryKiB: number;
  readonly iterations: number;
  readonly lanes: number;
}

/** OWASP Password Storage Cheat Sheet, argon2id. */
export const STANDARD_PARAMETERS: HashParameters = { memoryKiB: 19_456, iterations: 2, lanes: 1 };
const SALT_BYTES = 16;
/** The library's `Algorithm.Argon2id`, a const enum that type stripping cannot read. */
const ARGON2ID = 2;
/** What we ever wrote or import. A corrupt row that asks for gigabytes must not be obeyed (SEC-045). */
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{16,}\$[A-Za-z0-9+/]{32,}$/;
const MAX_MEMORY_KIB = 262_144;
/** Memory times iterations: what a comparison costs. About a second. */
const MAX_WORK_KIB = 1_048_576;

/** Longer than a client waits for; the queue itself is empty long before. */
const LONGEST_RETRY_MS = 30_000;

/** Whether a stored hash looks like one of ours and asks for no more than we would give. */
function isUsable(hash: string): boolean {
  const [, memory, iterations] = PHC.exec(hash) ?? [];
  const memoryKiB = Number(memory);
  return memoryKiB <= MAX_MEMORY_KIB && memoryKiB * Number(iterations) <= MAX_WORK_KIB;
}

export interface PasswordHashingOptions {
  readonly parameters?: HashParameters;
  /** Hashes at the same time; as many as cores. */
  readonly workers: number;
  /** A hash that would wait longer is refused at once. */
  readonly queueBudgetMs: number;
  readonly random: Random;
  /** Told when a stored hash cannot be read: somebody should look at the database. */
  readonly onCorruptHash: () => void;
  /** Monotonic milliseconds, for the average duration of a hash. */
  readonly elapsed: () => number;
}

export interface HashingFigures {
  /** Hashes computed since the start, dummies included. */
  readonly evaluations: number;
  readonly shed: number;
  readonly waiting: number;
}

/** Argon2id in a bounded queue. The work itself runs on libuv's threads, off the event loop. */
export class PasswordHashing {
  readonly #options: PasswordHashingOptions;
  readonly #parameters: HashParameters;
  readonly #queue: HashQueue;
  readonly #dummy: Promise<string>;
  #evaluations = 0;

  constructor(options: PasswordHashingOptions) {
    this.#options = options;
    this.#parameters = options.parameters ?? STANDARD_PARAMETERS;
    this.#queue = new HashQueue(options);
    this.#dummy = this.#hash(options.random.bytes(16).toString('hex'));
  }

  hasRoom(): boolean {
    return this.#queue.hasRoom();
  }

  /** Undefined when the queue is longer than its budget: nothing was started. */
  admit(): HashPlace | undefined {
    const place = this.#queue.enter();
    if (place === undefined) return undefined;
    return {
      hash: (password) => place.run(() => this.#hash(password)),
      verify: (password, hash) => place.run(() => this.#verify(password, hash)),
      [Symbol.dispose]: () => place.leave(),
    };
  }

  /**
   * When a request that was refused should come back: milliseconds that follow the length of the queue, with as much
   * again by chance, so that clients which were refused together do not come back together. At most 30 seconds.
   */
  retryAfterMs(): number {
    const soonestMs = Math.ceil(this.#queue.retryAfterMs(LONGEST_RETRY_MS / 2));
    return soonestMs + this.#options.random.int(soonestMs + 1);
  }

  /** True when the hash was made with other parameters than those in force. */
  isOutdated(hash: string): boolean {
    const [, memory, iterations, lanes] = PHC.exec(hash) ?? [];
    const { memoryKiB, iterations: rounds, lanes: width } = this.#parameters;
    return Number(memory) !== memoryKiB || Number(iterations) !== rounds || Number(lanes) !== width;
  }

  figures(): HashingFigures {
    return { evaluations: this.#evaluations, shed: this.#queue.shed, waiting: this.#queue.waiting };
  }

  async #hash(password: string): Promise<string> {
    const { memoryKiB, iterations, lanes } = this.#parameters;
    return argon2Hash(Buffer.from(password), {
      algorithm: ARGON2ID,
      memoryCost: memoryKiB,
      timeCost: iterations,
      parallelism: lanes,
      salt: this.#options.random.bytes(SALT_BYTES),
    });
  }

  async #verify(password: string, hash: string | undefined): Promise<boolean> {
    this.#evaluations += 1;
    const secret = Buffer.from(password);
    if (hash !== undefined) {
      if (isUsable(hash)) {
        const right = await argon2Verify(hash, secret).catch(() => undefined);
        if (right !== undefined) return right;
      }
      this.#options.onCorruptHash();
    }
    await argon2Verify(await this.#dummy, secret);
    return false;
  }
}
