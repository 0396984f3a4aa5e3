import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { CompiledQuery } from 'kysely';
import type * as Limiters from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { AuthError } from '../core/errors.ts';
import type { RateLimiter, ThrottledKind, ThrottleRates } from '../core/throttle/index.ts';
import type { PreparedStatement, SqlEngine } from './sql/engines/engine.ts';

const require = createRequire(import.meta.url);

/** One by one: the package's own index loads the limiters of a dozen databases (decision 8). */
const load = {
  memory: (): typeof Limiters.RateLimiterMemory => require('rate-limiter-flexible/lib/RateLimiterMemory.js'),
  postgres: (): typeof Limiters.RateLimiterPostgres =>
    require('rate-limiter-flexible/lib/RateLimiterPostgres.js'),
  cluster: (): Pick<typeof Limiters, 'RateLimiterCluster' | 'RateLimiterClusterMaster'> =>
    require('rate-limiter-flexible/lib/RateLimiterCluster.js'),
};
const RateLimiterRes: typeof Limiters.RateLimiterRes = require('rate-limiter-flexible/lib/RateLimiterRes.js');

/** It does nothing but count and hand out connections. */
const PRIMARY_PATIENCE_MS = 2_000;

export type Rates = Record<ThrottledKind, ThrottleRates>;

/** Whom a process counts with, where the database is one machine's. */
export type Company = 'alone' | 'beside workers';

/**
 * Short windows: in the database where processes on several machines must count together; else in memory, this
 * process's own, or its primary's where it is one of several workers. A limiter that cannot count lets nobody through.
 */
export function createRateLimiter(engine: SqlEngine, rates: Rates, company: Company): RateLimiter {
  if (engine.dialect.isShared) return sharedRateLimiter(engine, rates);
  return company === 'alone' ? memoryRateLimiter(rates) : primaryRateLimiter(rates);
}

/** In the primary, before it forks: counts for its workers. They bring the rates. */
export function countForWorkers(): void {
  const { RateLimiterClusterMaster } = load.cluster();
  new RateLimiterClusterMaster();
}

function primaryRateLimiter(rates: Rates): RateLimiter {
  const { RateLimiterCluster } = load.cluster();
  const limiter = rateLimiter(
    rates,
    (keyPrefix, window) => new RateLimiterCluster({ ...window, keyPrefix, timeoutMs: PRIMARY_PATIENCE_MS }),
  );
  return {
    async take(kind, scope, key) {
      try {
        return await limiter.take(kind, scope, key);
      } catch (cause) {
        throw new AuthError('storage_unavailable', {
          retryAfterMs: 1_000,
          reason: 'the primary is busy',
          cause,
        });
      }
    },
  };
}

export function memoryRateLimiter(rates: Rates): RateLimiter {
  const RateLimiterMemory = load.memory();
  return rateLimiter(rates, (_name, window) => new RateLimiterMemory(window));
}

function sharedRateLimiter({ write }: SqlEngine, rates: Rates): RateLimiter {
  const RateLimiterPostgres = load.postgres();
  const storeClient = {
    query({ name, text, values = [] }: { name: string; text: string; values?: unknown[] }) {
      const query: CompiledQuery & PreparedStatement = {
        ...CompiledQuery.raw(text, values),
        statementName: `latchkey_${name}`,
      };
      return write.executeQuery(query);
    },
  };
  const options = { storeClient, storeType: 'pool', tableName: 'rate_limits', tableCreated: true } as const;
  let sweeps = true;
  return rateLimiter(rates, (name, { points, duration }) => {
    const limiter = new RateLimiterPostgres({
      ...options,
      keyPrefix: name,
      points,
      duration,
      // Whose windows are over; one of them does it for all.
      clearExpiredByTimeout: sweeps,
    });
    sweeps = false;
    return limiter;
  });
}

function rateLimiter(
  rates: Rates,
  create: (name: string, window: { points: number; duration: number }) => RateLimiterAbstract,
): RateLimiter {
  const limiters = new Map<string, RateLimiterAbstract>();
  for (const [kind, scopes] of Object.entries(rates)) {
    for (const [scope, { points, perMs }] of Object.entries(scopes)) {
      const name = `${kind}:${scope}`;
      limiters.set(name, create(name, { points, duration: perMs / 1000 }));
    }
  }
  return {
    async take(kind, scope, key) {
      try {
        await limiters.get(`${kind}:${scope}`)?.consume(nameOf(key));
        return 0;
      } catch (refusal) {
        // Anything but a refusal is a fault of the limiter, and a limiter that fails must not let through.
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(1, refusal.msBeforeNext);
      }
    },
  };
}

/** Identifiers are long, may hold what a database refuses, and are nobody's business in a table of counts. */
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
