import { createHash } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RateLimiter, ThrottledKind, ThrottleRates } from '../core/throttle/index.ts';
import type { PreparedStatement, SqlEngine } from './sql/engines/engine.ts';

export type Rates = Record<ThrottledKind, ThrottleRates>;

/**
 * Short windows: in this process's memory where one machine has the database to itself, in the database where
 * several processes on several machines must count together. A limiter that cannot count lets nobody through.
 */
export function createRateLimiter(engine: SqlEngine, rates: Rates): RateLimiter {
  return engine.dialect.isShared ? sharedRateLimiter(engine, rates) : memoryRateLimiter(rates);
}

export function memoryRateLimiter(rates: Rates): RateLimiter {
  return rateLimiter(rates, (_name, window) => new RateLimiterMemory(window));
}

function sharedRateLimiter({ write }: SqlEngine, rates: Rates): RateLimiter {
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
