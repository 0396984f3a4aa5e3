import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { createBase } from '../../src/base.ts';
import { loadConfig } from '../../src/config/index.ts';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { createAuth } from '../../src/core/auth.ts';
import type { ContractPolicy } from '../../src/core/contract-policy.ts';
import type { Core } from '../../src/core/core.ts';
import type { ClaimedEntry, Message } from '../../src/core/message/index.ts';
import type { Pause, Random } from '../../src/core/ports.ts';
import { jwtFormat } from '../../src/core/session/index.ts';
import type { Storage, Stores } from '../../src/core/storage.ts';
import { type Client, Throttle, type ThrottledKind } from '../../src/core/throttle/index.ts';
import { createLog } from '../../src/log.ts';
import { cheapHashes } from '../support/cheap-hashes.ts';
import { ManualClock, turn } from '../support/clock.ts';
import { databaseFor } from '../support/database.ts';
import { assertErrorsDeclared } from '../support/declared-errors.ts';
import { operator } from '../support/operator.ts';
import { makeFastDirectory } from '../support/temporary.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const ADDRESS = '192.0.2.7';

/** Somebody who asks from the given /24. */
export const clientIn = (subnet: string): Client => {
  const address = subnet.replace(/0$/, '9');
  return { address, network: address, subnet };
};

export const email = (text: string) => parseIdentifier('email', text);

/** Every byte, number and id follows from the seed: what a run leaves on disk is the same each time. */
export function seededRandom(seed: string): Random {
  let drawn = 0;
  const block = () => createHash('sha256').update(`${seed}:${drawn++}`).digest();
  const bytes = (length: number): Buffer => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, block);
    return Buffer.concat(blocks).subarray(0, length);
  };
  return {
    bytes,
    int: (max) => Number(bytes(8).readBigUInt64BE() % BigInt(max)),
    uuid() {
      const hex = bytes(16).toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
  };
}

export interface BenchOptions {
  readonly random?: Random;
  readonly pause?: Pause;
  readonly env?: Readonly<Record<string, string>>;
  /** Hashes as production makes them, for tests of their parameters. */
  readonly hasRealHashes?: boolean;
}

/** Core as the server has it, on a database of its own, with a contract of its own and no HTTP in front. */
export async function openBench(t: TestContext, options: BenchOptions = {}) {
  const directory = await makeFastDirectory();
  const database = await databaseFor(directory);
  const clock = new ManualClock();
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const { random, pause = turn, hasRealHashes = false } = options;
  const env = {
    LATCHKEY_ENVIRONMENT: 'test',
    ...database.env,
    LATCHKEY_SMS_URL: 'http://127.0.0.1:9/sms',
    ...options.env,
  };
  const config = loadConfig(env, { contracts: [] });
  const overrides = {
    clock,
    pause,
    ...(random !== undefined && { random }),
    ...(!hasRealHashes && { hashParameters: cheapHashes }),
  };
  const base = await createBase(config, createLog('debug', sink), overrides);
  t.after(async () => {
    await base.close().catch(() => {});
    await database.close();
    await rm(directory, { recursive: true, force: true });
    assertErrorsDeclared(lines);
  });
  const { admin, core, auth, keys, storage } = base;

  const tokens = await jwtFormat({
    contract: 'bench',
    issuer: 'https://auth.example',
    accessMs: 10 * MINUTE,
    refreshMs: DAY,
    keys,
    contractClaims: () => ({}),
  });
  const contract: ContractPolicy = {
    name: 'bench',
    disclosesExistence: false,
    requirements: ['verified', 'enabled'],
    passwordPolicy: { minLength: 8 },
    challengeMs: { code: 3 * MINUTE, link: HOUR },
    tokens,
    sessionMs: 30 * DAY,
  };
  const throttle = new Throttle(undefined);
  const client = { address: ADDRESS, network: ADDRESS, subnet: '192.0.2.0' };
  const permit = async <Kind extends ThrottledKind>(kind: Kind, from: Client = client) =>
    throttle.permitIdentifier(await throttle.permitAddress(kind, from), {
      purpose: 'bench',
      identifier: 'bench',
    });
  const code = { form: 'code', link: () => '' } as const;
  const link = { form: 'link', link: (token: string) => `https://auth.example/#${token}` } as const;

  /** Everything that waits to be delivered, oldest first, without decoys; marks all as sent. */
  async function messages(): Promise<Message[]> {
    const now = clock.now();
    const claimed: ClaimedEntry[] = [];
    // A recipient has one message under way at a time.
    for (;;) {
      const next = await storage.outbox.claim({ owner: 'test', now, leaseUntil: now + MINUTE, limit: 100 });
      if (next.length === 0) break;
      for (const { id } of next) await storage.outbox.markSent(id, now);
      claimed.push(...next);
    }
    return claimed.map((entry) => core.outbox.open(entry).payload).filter(({ isDecoy }) => isDecoy !== true);
  }

  const secretOf = ({ code: digits, link: url }: Message): string => digits ?? url?.split('#')[1] ?? '';

  return {
    ...base,
    directory,
    clock,
    contract,
    client,
    permit,
    code,
    link,
    messages,
    secretOf,
    logged: () => lines.join(''),

    /** The code or token of the newest message to an address. */
    async secretFor(address: string): Promise<string> {
      const message = (await messages()).findLast(({ to }) => to === address);
      if (message === undefined) throw new Error(`no message to ${address}`);
      return secretOf(message);
    },

    /** An account that may sign in. */
    createAccount: (address: string, password?: string) =>
      admin.createAccount({
        actor: operator,
        email: email(address),
        isVerified: true,
        ...(password !== undefined && { password }),
      }),

    async signIn(address: string, password: string) {
      return auth.signIn({ contract, permit: await permit('sign_in'), identifier: email(address), password });
    },

    async authenticate(token: string) {
      return auth.authenticate({ contract, token });
    },
  };
}

export type Bench = Awaited<ReturnType<typeof openBench>>;

/**
 * The same core, that stands still before one of its steps until it is told to go on: between what it has read and
 * what it is about to write, where only another request can be.
 */
export function pausing(core: Core, before: { transaction: number } | { exchange: true }) {
  const reached = Promise.withResolvers<void>();
  const resume = Promise.withResolvers<void>();
  const standStill = async () => {
    reached.resolve();
    await resume.promise;
  };
  const { storage } = core;
  let transactions = 0;
  const refreshTokens: Storage['refreshTokens'] = {
    ...storage.refreshTokens,
    async exchange(exchange) {
      if ('exchange' in before) await standStill();
      return storage.refreshTokens.exchange(exchange);
    },
  };
  const paused: Storage = {
    ...storage,
    refreshTokens,
    async transaction<T>(work: (stores: Stores) => Promise<T>) {
      transactions += 1;
      if ('transaction' in before && transactions === before.transaction) await standStill();
      return storage.transaction(work);
    },
  };
  const auth = createAuth({ ...core, storage: paused });
  return { auth, reached: reached.promise, resume: resume.resolve };
}
