/** How many connections this process opens, and how long it waits on them. */
export interface ConnectionLimits {
  /** Most connections that are open at the same time. */
  readonly pool: number;
  /** How long a statement waits for a free or new connection. */
  readonly connectTimeoutMs: number;
  /** How long one statement may run, including its wait for locks. 0: no limit. */
  readonly statementTimeoutMs: number;
}

/** The defaults of the settings. */
export const STANDARD_LIMITS: ConnectionLimits = {
  pool: 10,
  connectTimeoutMs: 3_000,
  statementTimeoutMs: 10_000,
};
