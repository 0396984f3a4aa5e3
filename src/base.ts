/**
 * The lower half of the composition root: a database with core on it, which is all that the command line needs. Together
 * with app.ts it knows every concrete class, and in which order they come and go.
 */
import { setTimeout as systemPause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Config, ConfigError, explainMismatch, resolveSecret } from './config/index.ts';
import { type Admin, createAdmin } from './core/admin.ts';
import { type Auth, createAuth } from './core/auth.ts';
import { ChallengeSecrets } from './core/challenge/index.ts';
import type { Core } from './core/core.ts';
import { PasswordHasher, TotpSecrets } from './core/credential/index.ts';
import { createMaintenance, type Maintenance } from './core/maintenance.ts';
import { Outbox } from './core/message/index.ts';
import type { Clock, Pause, Random } from './core/ports.ts';
import { acceptSecret } from './core/root-secret.ts';
import type { Storage } from './core/storage.ts';
import { Lockout, type Rate, Throttle, type ThrottleRates, Turns } from './core/throttle/index.ts';
import { keyedDigest } from './crypto/digests.ts';
import { createKeyRing, fingerprintOf, type KeyRing } from './crypto/keys.ts';
import { type HashParameters, PasswordHashing } from './crypto/password-hashing.ts';
import { systemRandom } from './crypto/random.ts';
import { createRotatingSealing } from './crypto/rotating-sealing.ts';
import { createSealing } from './crypto/sealing.ts';
import { type Channel, createChannels, Mailbox } from './delivery/index.ts';
import { undoUrl } from './pages/undo-url.ts';
import {
  type DatabaseUnusable,
  databaseExposure,
  type OpenedDatabase,
  openStorage,
  type ReachabilityListener,
} from './storage/index.ts';

export const systemClock: Clock = { now: Date.now };

/** How a base is put together, where it is not for one ordinary server. */
export interface BaseOptions {
  /** For tests. */
  readonly clock?: Clock;
  /** For tests. */
  readonly random?: Random;
  /** For tests. */
  readonly pause?: Pause;
  /** For tests, most of which need no strong hash. What OWASP asks for unless it says something else. */
  readonly hashParameters?: HashParameters;
  /** Makes no database where there is none. */
  readonly mustExist?: boolean;
  /** Undefined for a process that is the whole server. */
  readonly worker?: WorkerRole;
}

/** One of several server processes that one primary has started. */
export interface WorkerRole {
  /** Does what one process is enough for. */
  readonly leads: boolean;
}

/** Everything but HTTP: what the command line needs. */
export interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly storage: Storage;
  /** Whether processes on other machines may use the same database. */
  readonly isShared: boolean;
  /** Names of the migrations that opening the database ran. */
  readonly migrated: readonly string[];
  readonly throttle: Throttle;
  readonly keys: KeyRing;
  readonly core: Core;
  readonly auth: Auth;
  readonly admin: Admin;
  readonly maintenance: Maintenance;
  readonly hashing: PasswordHashing;
  readonly channels: readonly Channel[];
  /** Where messages land in development. */
  readonly mailbox: Mailbox | undefined;
  close(): Promise<void>;
}

/** How soon an attempt that waits for those of other processes asks again. */
const LOCKOUT_PAUSE_MS = 25;
/** Longer than a hash takes on a slow machine, beside the time it may wait for its turn. */
const LONGEST_HASH_MS = 10_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Addresses' worth of requests that the /48 of an IPv6 client gets: a household or a small company has several. */
const ADDRESSES_PER_SUBNET = 10;

function ofClients(perAddress: Rate): Pick<ThrottleRates, 'perAddress' | 'perSubnet'> {
  return { perAddress, perSubnet: { ...perAddress, points: perAddress.points * ADDRESSES_PER_SUBNET } };
}

function throttleFor(
  { limits }: Config,
  { createRateLimiter }: OpenedDatabase,
  worker: WorkerRole | undefined,
): Throttle {
  if (!limits.enabled) return new Throttle(undefined);
  const rates = {
    sign_in: { perIdentifier: limits.signIn, ...ofClients(limits.signInPerAddress) },
    message: { perIdentifier: limits.message, ...ofClients(limits.messagePerAddress) },
    confirm: { perIdentifier: limits.confirm, ...ofClients(limits.confirmPerAddress) },
    refresh: ofClients(limits.refreshPerAddress),
    profile: { perIdentifier: limits.profile, ...ofClients(limits.profilePerAddress) },
    private: ofClients(limits.privatePerAddress),
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
    sms: {
      total: limits.enabled ? { limit: messages.smsPerHour, windowMs: HOUR_MS } : undefined,
      perNetwork: limits.enabled ? { limit: limits.sms.points, windowMs: limits.sms.perMs } : undefined,
      countries: messages.smsCountries,
    },
    tellsNobody: config.enumeration === 'hardened',
    pendingMs: config.pendingMs,
    auditMs: config.auditMs,
    undoMs: config.undoMs,
    refreshGraceMs: config.refreshGraceMs,
    requireTotp: config.requireTotp === 'enrolled',
  };
}

function reportFile(log: Logger, problem: DatabaseUnusable | undefined): void {
  if (problem === undefined) {
    log.info({ event: 'database_file_back' }, 'the database file is back');
    return;
  }
  const message = `${problem.problem}; every request is refused: ${problem.fix}`;
  log.error({ event: 'database_file_gone' }, message);
}

function reachabilityLog(log: Logger): ReachabilityListener {
  return {
    unreachable: (reason) =>
      log.warn({ event: 'database_unreachable', reason }, 'the database cannot be reached'),
    reachable: () => log.info({ event: 'database_reachable' }, 'the database can be reached again'),
  };
}

/** Latchkey creates database files with mode 0600; an existing file may have a wider one. */
function warnOfExposure(log: Logger, { database }: Config): void {
  if (database.engine !== 'sqlite' || database.path === ':memory:') return;
  const exposure = databaseExposure(database.path);
  if (exposure === undefined) return;
  log.warn(
    { event: 'database_exposed' },
    `every user of this machine can ${exposure.canDo}, which holds password hashes; run: ${exposure.fix}`,
  );
}

/** The keys of the secret of this database. @throws {ConfigError} when the configured secret is another one */
async function openKeys(
  { secret, previousSecrets, environment, database }: Config,
  { secretFingerprint }: Storage,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<{ readonly keys: KeyRing; readonly previous: readonly KeyRing[] }> {
  const mayCreate = (await secretFingerprint.find()) === undefined;
  const keys = createKeyRing(
    await resolveSecret({ value: secret, environment, database, random, mayCreate }),
  );
  const previous = previousSecrets.map((text) => createKeyRing(Buffer.from(text)));
  const fingerprints = { current: fingerprintOf(keys), previous: previous.map(fingerprintOf) };
  if (await acceptSecret(secretFingerprint, fingerprints, clock.now())) return { keys, previous };
  const recorded = await secretFingerprint.find();
  const isRecorded = (root: Buffer) => fingerprintOf(createKeyRing(root)) === recorded;
  throw new ConfigError([await explainMismatch({ value: secret, environment, database }, isRecorded)]);
}

/** Opens the database and puts core on it. Delivers no message and answers no request. */
export async function createBase(config: Config, log: Logger, options: BaseOptions = {}): Promise<Base> {
  const { clock = systemClock, random = systemRandom, pause = systemPause } = options;
  const { mustExist = false, worker, hashParameters } = options;
  const { environment, database } = config;
  // First, so that no secret is made beside a database that cannot be used.
  const opened = await openStorage(database, {
    migrations: config.migrate ? 'run' : 'refuse',
    mustExist,
    onFileChange: (problem) => reportFile(log, problem),
    connections: {
      pool: config.databasePool,
      connectTimeoutMs: config.databaseConnectTimeoutMs,
      statementTimeoutMs: config.databaseStatementTimeoutMs,
    },
    // One of several processes says it for all.
    ...((worker === undefined || worker.leads) && { reachability: reachabilityLog(log) }),
  });
  const { storage, migrated, isShared } = opened;
  // The primary warns for its workers.
  if (worker === undefined) warnOfExposure(log, config);
  if (migrated.length > 0) {
    log.info({ event: 'database_migrated', migrations: migrated }, `migrations run: ${migrated.join(', ')}`);
  }
  const { keys, previous } = await openKeys(config, storage, { clock, random }).catch(
    async (error: unknown) => {
      await storage.close();
      throw error;
    },
  );
  const previousTotpKeys = previous.map((ring) => ring('totp-secret'));
  const hashing = new PasswordHashing({
    ...config.hashing,
    ...(hashParameters !== undefined && { parameters: hashParameters }),
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
    pause,
    log,
    passwords: new PasswordHasher(hashing),
    totp: new TotpSecrets(createRotatingSealing(keys('totp-secret'), previousTotpKeys, random), {
      random,
      log,
    }),
    challengeSecrets: new ChallengeSecrets(keys('challenge-code'), random),
    outbox: new Outbox({
      store: storage.outbox,
      sealing: createSealing(keys('outbox'), random),
      clock,
      random,
      recipientName: (channel, address) =>
        keyedDigest(keys('outbox-recipient'), channel, address).toString('base64url'),
      channels: new Set(channels.map(({ kind }) => kind)),
      limit: messages.outboxLimit,
    }),
    lockout: new Lockout({
      store: storage.lockouts,
      clock,
      policy: {
        failures: lockout.failures,
        lockMs: lockout.durationMs,
        disableAfter: lockout.disableAfter,
        reservationMs: config.hashing.queueBudgetMs + LONGEST_HASH_MS,
      },
      pause: () => systemPause(LOCKOUT_PAUSE_MS),
    }),
    turns: new Turns(),
    policy: policyFrom(config),
    nameOf: (identifierKey) => keyedDigest(keys('identifier-name'), identifierKey).toString('base64url'),
    undoUrl: (token) => undoUrl(config.publicUrl, token),
    deriveSuccessor: (handle) => keyedDigest(keys('refresh-successor'), handle.toString('base64url')),
  };
  return {
    config,
    log,
    clock,
    storage,
    isShared,
    migrated,
    throttle: throttleFor(config, opened, worker),
    keys,
    core,
    hashing,
    auth: createAuth(core),
    admin: createAdmin(core),
    maintenance: createMaintenance(core),
    channels,
    mailbox,
    async close() {
      await Promise.all(channels.map((channel) => channel.close()));
      await storage.close();
    },
  };
}
