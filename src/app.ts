/**
 * The composition root: the one file that knows every concrete class, and in which order they come and go.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Config, contractValues, isLoopback, resolveSecret } from './config/index.ts';
import { type Contract, contracts as ours } from './contracts/index.ts';
import { type Auth, createAuth } from './core/auth.ts';
import { ChallengeSecrets } from './core/challenge/index.ts';
import type { Core } from './core/core.ts';
import { PasswordHasher, TotpSecrets } from './core/credential/index.ts';
import { Outbox } from './core/message/index.ts';
import type { Clock, Random } from './core/ports.ts';
import type { Storage } from './core/storage.ts';
import { type Doubt, Lockout, Throttle, Turns } from './core/throttle/index.ts';
import { keyedDigest } from './crypto/digests.ts';
import { createKeyRing, type KeyRing } from './crypto/keys.ts';
import { PasswordHashing } from './crypto/password-hashing.ts';
import { systemRandom } from './crypto/random.ts';
import { createRotatingSealing } from './crypto/rotating-sealing.ts';
import { createSealing } from './crypto/sealing.ts';
import {
  type Channel,
  createChannels,
  type DeliverySettings,
  Mailbox,
  OutboxWorker,
} from './delivery/index.ts';
import { createServer, forwardAuthMounts, Health, type Mount } from './http/index.ts';
import type { Metrics, MetricsSources } from './metrics.ts';
import { registerMailbox, registerRoot } from './pages/index.ts';
import { type OpenedDatabase, openStorage } from './storage/index.ts';

export const systemClock: Clock = { now: Date.now };

/** What tests put in the place of the real world. */
export interface Overrides {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly delivery?: Partial<DeliverySettings>;
  readonly doubt?: Doubt;
}

/** What somebody who runs the server from a program of their own decides. */
export interface Embedding extends Overrides {
  /** Which contracts there are to choose from, as the configuration was loaded with; ours unless it says more. */
  readonly contracts?: readonly Contract[];
}

/** What a command wants of the database. */
export interface Opening {
  /** Makes no database where there is none. */
  readonly mustExist?: boolean;
}

/** One of several server processes that one primary has started. */
export interface WorkerRole {
  /** Does what one process is enough for. */
  readonly leads: boolean;
}

/** How a server process came to be. */
export interface Upbringing {
  /** Undefined for a process that is the whole server. */
  readonly worker?: WorkerRole;
}

/** Everything but HTTP: what the command line needs. */
export interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly storage: Storage;
  /** Names of the migrations that opening the database ran. */
  readonly migrated: readonly string[];
  readonly throttle: Throttle;
  readonly keys: KeyRing;
  readonly core: Core;
  readonly auth: Auth;
  readonly hashing: PasswordHashing;
  readonly channels: readonly Channel[];
  /** Where messages land in development. */
  readonly mailbox: Mailbox | undefined;
  close(): Promise<void>;
}

export interface App extends Base {
  readonly server: FastifyInstance;
  readonly mounts: readonly Mount[];
  readonly worker: OutboxWorker;
  readonly health: Health;
  /** Undefined unless a port for them is set. */
  readonly metrics: Metrics | undefined;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export { version };

/** Together the second in which a burst of right passwords is hashed. */
const STANDARD_DOUBT: Doubt = { pauses: 20, pause: () => pause(50) };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Loaded only where somebody watches: a library that is not used should not take room. */
async function createMetrics(sources: MetricsSources): Promise<Metrics> {
  const { Metrics } = await import('./metrics.ts');
  return new Metrics(sources);
}

function throttleFor(
  { limits }: Config,
  { createRateLimiter }: OpenedDatabase,
  worker: WorkerRole | undefined,
): Throttle {
  if (!limits.enabled) return new Throttle(undefined);
  const rates = {
    sign_in: { perIdentifier: limits.signIn, perAddress: limits.signInPerAddress },
    message: { perIdentifier: limits.message, perAddress: limits.messagePerAddress },
    confirm: { perIdentifier: limits.confirm, perAddress: limits.confirmPerAddress },
    refresh: { perAddress: limits.refreshPerAddress },
    profile: { perIdentifier: limits.profile, perAddress: limits.profilePerAddress },
    private: { perAddress: limits.privatePerAddress },
  };
  return new Throttle(createRateLimiter(rates, worker === undefined ? 'alone' : 'beside workers'));
}

function policyFrom({ codes, limits, messages, ...config }: Config): Core['policy'] {
  const wrongCodes = [
    { name: 'hour', limit: codes.wrongPerHour, windowMs: HOUR_MS },
    { name: 'day', limit: codes.wrongPerDay, windowMs: DAY_MS },
  ];
  const sent = [{ name: 'hour', limit: codes.messagesPerHour, windowMs: HOUR_MS }];
  return {
    codeTries: codes.tries,
    wrongCodes: limits.enabled ? wrongCodes : [],
    messages: limits.enabled ? sent : [],
    tellsNobody: config.enumeration === 'hardened',
    pendingMs: config.pendingMs,
    auditMs: config.auditMs,
    refreshGraceMs: config.refreshGraceMs,
    requireTotp: config.requireTotp === 'enrolled',
  };
}

/** Opens the database and puts core on it. Delivers no message and answers no request. */
export async function createBase(
  config: Config,
  log: Logger,
  { mustExist = false, worker, doubt = STANDARD_DOUBT, ...overrides }: Overrides & Opening & Upbringing = {},
): Promise<Base> {
  const { clock = systemClock, random = systemRandom } = overrides;
  const { environment, database, secret } = config;
  // First, so that no secret is made beside a database that cannot be used.
  const opened = await openStorage(database, {
    migrations: config.migrate ? 'run' : 'refuse',
    mustExist,
    connections: {
      pool: config.databasePool,
      connectTimeoutMs: config.databaseConnectTimeoutMs,
      statementTimeoutMs: config.databaseStatementTimeoutMs,
    },
  });
  const { storage, migrated } = opened;
  const root = await resolveSecret({ value: secret, environment, database, random }).catch(
    async (error: unknown) => {
      await storage.close();
      throw error;
    },
  );
  const keys = createKeyRing(root);
  const formerTotpKeys = config.formerSecrets.map((former) =>
    createKeyRing(Buffer.from(former))('totp-secret'),
  );
  const hashing = new PasswordHashing({
    ...config.hashing,
    random,
    elapsed: () => performance.now(),
    onCorruptHash: () =>
      log.error({ event: 'password_hash_corrupt' }, 'a stored password hash cannot be read'),
  });
  const { lockout, messages } = config;
  const mailbox = environment === 'production' || messages.smtpUrl ? undefined : new Mailbox({ clock, log });
  const channels = createChannels({ ...messages, mailbox });
  const core: Core = {
    storage,
    clock,
    random,
    log,
    passwords: new PasswordHasher(hashing, { retryAfterMs: config.hashing.queueBudgetMs }),
    totp: new TotpSecrets(createRotatingSealing(keys('totp-secret'), formerTotpKeys, random), {
      random,
      log,
    }),
    challengeSecrets: new ChallengeSecrets(keys('challenge-code'), random),
    outbox: new Outbox({
      store: storage.outbox,
      sealing: createSealing(keys('outbox'), random),
      clock,
      random,
      channels: new Set(channels.map(({ kind }) => kind)),
      limit: messages.outboxLimit,
    }),
    lockout: new Lockout(
      storage.lockouts,
      clock,
      {
        failures: lockout.failures,
        lockMs: lockout.durationMs,
        disableAfter: lockout.disableAfter,
      },
      doubt,
    ),
    turns: new Turns(),
    policy: policyFrom(config),
    nameOf: (identifierKey) => keyedDigest(keys('identifier-name'), identifierKey).toString('base64url'),
    successorOf: (handle) => keyedDigest(keys('refresh-successor'), handle.toString('base64url')),
  };
  return {
    config,
    log,
    clock,
    storage,
    migrated,
    throttle: throttleFor(config, opened, worker),
    keys,
    core,
    hashing,
    auth: createAuth(core),
    channels,
    mailbox,
    async close() {
      await Promise.all(channels.map((channel) => channel.close()));
      await storage.close();
    },
  };
}

/** The whole server, ready to listen. */
export async function createApp(
  config: Config,
  log: Logger,
  embedding: Embedding & Upbringing = {},
): Promise<App> {
  const base = await createBase(config, log, embedding);
  try {
    return await assemble(base, embedding);
  } catch (error) {
    await base.close();
    throw error;
  }
}

async function assemble(base: Base, embedding: Embedding): Promise<App> {
  const { random = systemRandom, delivery, contracts = ours } = embedding;
  const { config, log, clock, keys, core, auth, storage, throttle, hashing, channels, mailbox } = base;
  const { environment, productName } = config;
  const metrics = config.metricsPort === undefined ? undefined : await createMetrics({ hashing, storage });
  const worker = new OutboxWorker({
    store: storage.outbox,
    open: (sealed, id) => core.outbox.open(sealed, id),
    channels,
    clock,
    random,
    log: log.child({ part: 'delivery' }),
    productName,
    ...(metrics !== undefined && { observer: metrics.countDelivery.bind(metrics) }),
    // A mailbox shows everybody's messages as it is, and people at work wait for them.
    settings: { ...(mailbox !== undefined && { wakeDelay: { minMs: 0, maxMs: 0 } }), ...delivery },
  });
  core.outbox.onMessage = () => worker.wake();

  const health = new Health(() => storage.ping());
  const context = {
    auth,
    throttle,
    clock,
    keys,
    health,
    canCarry: core.outbox.canCarry.bind(core.outbox),
    enumeration: config.enumeration,
    environment,
    productName,
    publicUrl: config.publicUrl,
    appUrl: config.appUrl,
    privateDoor: config.privateDoor,
    version,
  };
  const chosen = contracts.filter(({ name }) => config.contracts.includes(name));
  const mounts: Mount[] = [];
  for (const contract of chosen) {
    mounts.push(...(await contract.mounts(context, contractValues(config, contract))));
  }
  mounts.push(...forwardAuthMounts(mounts));
  await Promise.all(channels.map((channel) => channel.warmUp?.()));
  const server = await createServer(config, mounts, log);
  // It shows live codes to whoever can reach it. Where others can, the log of this machine still shows them.
  if (mailbox !== undefined && isLoopback(config.host)) {
    registerMailbox(
      server,
      mailbox,
      (host) => isLoopback(host) || host === new URL(config.publicUrl).hostname,
    );
    if (environment === 'development') registerRoot(server, productName);
  }
  metrics?.observe(server);
  return { ...base, server, mounts, worker, health, metrics };
}
