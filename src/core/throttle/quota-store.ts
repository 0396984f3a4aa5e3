export interface Quota {
  readonly limit: number;
  readonly windowMs: number;
}

/** One of several windows that count the same thing: `hour`, `day`. */
export type NamedQuota = Quota & { readonly name: string };

/** Durable counts in a window of time, for limits that must outlive a restart: wrong codes, messages. */
export interface QuotaStore {
  /** Counts one, unless the limit is reached: then nothing changes and `retryAt` tells when the window ends. */
  count(
    key: string,
    quota: Quota,
    now: number,
  ): Promise<{ kind: 'counted' } | { kind: 'exceeded'; retryAt: number }>;
  /** Takes back one count that turned out not to be one. */
  takeBack(key: string): Promise<void>;
  /** What the window that is open at `now` has counted. */
  used(key: string, now: number): Promise<number>;
  /** Deletes windows that ended before `now`, at most `limit`; returns how many. */
  purge(now: number, limit: number): Promise<number>;
}
