import {
  ColumnDefinitionNode,
  type DatabaseConnection,
  type DataTypeNode,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import type { Pool } from 'pg';
import { commitOutcome } from './commit-outcome.ts';
import { PostgresConnection, type SessionFacts } from './connection.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { RolledBack, toAuthError } from './faults.ts';
import type { Reachability } from './reachability.ts';

/** Sessions are ours alone: whoever calls gets what `acquireConnection` made. */
const ours = (connection: DatabaseConnection): PostgresConnection => {
  if (connection instanceof PostgresConnection) return connection;
  throw new Error('a connection of another engine');
};

export interface DriverOptions {
  readonly pool: Pool;
  /** The server, as errors name it. */
  readonly where: string;
  readonly limits: ConnectionLimits;
  readonly reachability: Reachability;
}

class PostgresDriver implements Driver {
  readonly #pool: Pool;
  readonly #where: string;
  readonly #reachability: Reachability;
  readonly #facts: SessionFacts;

  constructor({ pool, where, limits, reachability }: DriverOptions) {
    this.#pool = pool;
    this.#where = where;
    this.#reachability = reachability;
    this.#facts = { limits, preparesByName: true };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    try {
      return new PostgresConnection(await this.#pool.connect(), this.#facts);
    } catch (error) {
      this.#reachability.failed(error);
      throw toAuthError(error, `no connection to ${this.#where}`);
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ours(connection).release();
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await ours(connection).begin();
  }

  /**
   * When the answer to a commit is lost, the server is asked what became of it: what is committed is a success, what
   * is not may run again, and what cannot be known is refused and never repeated (decision 0012).
   */
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const answer = await ours(connection).commit();
    if (answer.kind === 'committed') return;
    // First of all, so that a pool of one has room for the question.
    ours(connection).release();
    const outcome = await commitOutcome(this.#pool, answer.transaction);
    if (outcome === 'committed') return;
    if (outcome === 'aborted') throw toAuthError(new RolledBack(answer.cause));
    throw toAuthError(
      answer.cause,
      'the connection was lost, and nobody can say whether the commit was done',
    );
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await ours(connection).rollback();
  }

  async destroy(): Promise<void> {
    await this.#pool.end();
  }
}

/**
 * Texts are compared byte by byte, as on SQLite: an index that follows the rules of a language is wrong after an
 * update of the operating system's.
 */
class BinaryTextCompiler extends PostgresQueryCompiler {
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node);
    const isColumn = this.parentNode !== undefined && ColumnDefinitionNode.is(this.parentNode);
    if (isColumn && node.dataType === 'text') this.append(' collate "C"');
  }
}

export function postgresDialect(options: DriverOptions): Dialect {
  return {
    createDriver: () => new PostgresDriver(options),
    createQueryCompiler: () => new BinaryTextCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (database: Kysely<unknown>) => new PostgresIntrospector(database),
  };
}
