import { DatabaseError } from 'pg';
import { messageOf } from './faults.ts';

/** Hears once when the server can no longer be reached, and once when it can again. */
export interface ReachabilityListener {
  /** @param reason one line, without a password */
  unreachable(reason: string): void;
  reachable(): void;
}

const TOO_MANY_CONNECTIONS = '53300';
/** `pg-pool` says this when all connections that it may open are in use. */
const POOL_IS_USED_UP = 'timeout exceeded when trying to connect';

/** Whether new connections succeed. Begins with the first that does: before it, opening the database fails itself. */
export class Reachability {
  readonly #listener: ReachabilityListener | undefined;
  #isReachable: boolean | undefined;

  constructor(listener: ReachabilityListener | undefined) {
    this.#listener = listener;
  }

  reached(): void {
    if (this.#isReachable === false) this.#listener?.reachable();
    this.#isReachable = true;
  }

  /** No connection could be had. A server that is only busy is still reached. */
  failed(error: unknown): void {
    if (this.#isReachable !== true || isBusy(error)) return;
    this.#isReachable = false;
    this.#listener?.unreachable(messageOf(error));
  }
}

function isBusy(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === TOO_MANY_CONNECTIONS;
  return error instanceof Error && error.message === POOL_IS_USED_UP;
}
