import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { QueryResult as PgResult, PoolClient } from 'pg';
import { AuthError } from '../../../../core/errors.ts';
import type { PreparedStatement } from '../engine.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { isLostStatement, leavesConnectionUsable, toAuthError } from './faults.ts';
import { isDirect, serverLimits } from './pool.ts';
import { rerun } from './rerun.ts';

/** How a commit ended, as far as this connection was told. */
export type CommitAnswer =
  | { readonly kind: 'committed' }
  /** The connection was lost before an answer came. */
  | { readonly kind: 'unknown'; readonly transaction: TransactionName; readonly cause: unknown };

/** What to ask for should the answer to a commit never arrive. */
export interface TransactionName {
  readonly id: string;
  /** When the server that gave the id was started: a standby in its place gives the same ids to others. */
  readonly server: string;
}

/** The same text in every session, whatever its time zone. */
export const SERVER = `extract(epoch from pg_postmaster_start_time())::text`;

const begin = (settings: string) => `begin isolation level read committed; ${settings}
select pg_current_xact_id()::text as id, ${SERVER} as server,
  current_setting('transaction_read_only') as read_only`;

/** What all connections of one pool have in common. */
export interface SessionFacts {
  readonly limits: ConnectionLimits;
  /** Whether statements are prepared by name: until one is lost, which is what a pooler does to them. */
  preparesByName: boolean;
}

/** One session, lent by the pool. */
export class PostgresConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #facts: SessionFacts;
  /** Of the transaction that is open. */
  #transaction: TransactionName | undefined;
  #isBroken = false;
  #isReleased = false;

  constructor(client: PoolClient, facts: SessionFacts) {
    this.#client = client;
    this.#facts = facts;
    client.on('error', this.#onError);
  }

  /**
   * Begins, and learns the transaction's name in the same exchange: what to ask for should the answer to its commit
   * never arrive. A server that takes no writes refuses here already, before anything was done in vain.
   */
  async begin(): Promise<void> {
    try {
      // Several statements in one text answer several results, which the types do not know.
      const results = (await this.#client.query(this.#begin())) as unknown as PgResult<
        TransactionName & { read_only: string }
      >[];
      const started = results.at(-1)?.rows[0];
      if (started === undefined || started.read_only === 'on') {
        throw new AuthError('storage_unavailable', {
          retryAfterMs: 1_000,
          reason: 'the server is read-only',
        });
      }
      this.#transaction = started;
    } catch (error) {
      const fault = this.#fault(error);
      await this.rollback();
      throw fault;
    }
  }

  /** Where the session is not ours to set limits for, each transaction brings them along. */
  #begin(): string {
    if (isDirect(this.#client)) return begin('');
    const limits = serverLimits(this.#facts.limits);
    return begin(limits.map(([name, ms]) => `set local ${name} = ${ms};`).join(' '));
  }

  async commit(): Promise<CommitAnswer> {
    const transaction = this.#transaction ?? { id: '', server: '' };
    this.#transaction = undefined;
    try {
      const { command } = await this.#client.query('commit');
      if (command === 'COMMIT') return { kind: 'committed' };
    } catch (cause) {
      const fault = this.#fault(cause);
      if (this.#isBroken) return { kind: 'unknown', transaction, cause };
      throw fault;
    }
    // A statement failed, nobody minded, and so the server had nothing to commit.
    throw new Error('the transaction had failed before its commit');
  }

  /** Never throws: whoever rolls back has an error already. */
  async rollback(): Promise<void> {
    this.#transaction = undefined;
    if (this.#isBroken) return;
    try {
      await this.#client.query('rollback');
    } catch {
      this.#isBroken = true;
    }
  }

  async executeQuery<Row>(query: CompiledQuery & Partial<PreparedStatement>): Promise<QueryResult<Row>> {
    refuseNul(query.parameters);
    if (this.#transaction !== undefined) return this.#execute<Row>(query);
    // A statement that is its own transaction was undone when it failed, so that it may simply be sent again.
    return rerun(() => this.#execute<Row>(query));
  }

  async #execute<Row>({
    sql,
    parameters,
    statementName,
  }: CompiledQuery & Partial<PreparedStatement>): Promise<QueryResult<Row>> {
    try {
      const { rows, rowCount, command } = await this.#client.query({
        text: sql,
        values: [...parameters],
        ...(statementName !== undefined && this.#preparesByName() && { name: statementName }),
      });
      if (command === 'SELECT') return { rows };
      return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    } catch (error) {
      // Repeated without a name, as a serialisation failure is.
      if (isLostStatement(error)) this.#facts.preparesByName = false;
      throw this.#fault(error);
    }
  }

  #preparesByName(): boolean {
    return this.#facts.preparesByName && isDirect(this.#client);
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; nothing here streams.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('this engine does not stream');
  }

  /** Back to the pool, or out of the world when it can no longer be trusted. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#client.off('error', this.#onError);
    this.#client.release(this.#isBroken);
  }

  /** A session whose last answer is not known must not serve anybody else. */
  #fault(error: unknown): unknown {
    if (!(error instanceof AuthError) && !leavesConnectionUsable(error)) this.#isBroken = true;
    return toAuthError(error);
  }

  readonly #onError = (): void => {
    // The statement that is under way, or the next one, fails and says why.
    this.#isBroken = true;
  };
}

/** PostgreSQL cannot hold U+0000 in a text, and says so in the middle of a transaction, which it then ends. */
function refuseNul(parameters: readonly unknown[]): void {
  if (parameters.some((value) => typeof value === 'string' && value.includes('\0'))) {
    throw new Error('a text with U+0000 was about to be stored or looked up');
  }
}
