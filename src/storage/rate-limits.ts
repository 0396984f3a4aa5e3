import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiter, ThrottledKind, ThrottleRates } from '../core/throttle/index.ts';

/** Short windows in this process's memory: enough where one process has the database to itself. */
export function memoryRateLimiter(rates: Record<ThrottledKind, ThrottleRates>): RateLimiter {
  const limiters = new Map<string, RateLimiterMemory>();
  for (const [kind, scopes] of Object.entries(rates)) {
    for (const [scope, { points, perMs }] of Object.entries(scopes)) {
      limiters.set(`${kind}:${scope}`, new RateLimiterMemory({ points, duration: perMs / 1000 }));
    }
  }
  return {
    async take(kind, scope, key) {
      try {
        await limiters.get(`${kind}:${scope}`)?.consume(key);
        return 0;
      } catch (refusal) {
        // Anything but a refusal is a fault of the limiter, and a limiter that fails must not let through.
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(1, refusal.msBeforeNext);
      }
    },
  };
}
