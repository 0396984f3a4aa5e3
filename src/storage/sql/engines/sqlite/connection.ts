import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { type Patience, retryWhileBusy, toAuthError } from './faults.ts';
import { explainOpening } from './place.ts';

const MAX_PREPARED = 200;
/** Only while opening, which is before anything is served. */
const OPENING_TIMEOUT_MS = 5_000;

type SqliteValue = string | number | null | Uint8Array;

export interface ConnectionOptions {
  /** File name, or `:memory:`. */
  readonly path: string;
  readonly readOnly: boolean;
  readonly patience: Patience;
  /** Called when something was committed here. */
  readonly onCommit?: () => void;
}

function open({ path, readOnly }: ConnectionOptions): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    const timeout = OPENING_TIMEOUT_MS;
    database = new DatabaseSync(path, { readOnly, timeout, enableForeignKeyConstraints: true });
    // WAL lets readers go on beside the writer; FULL makes an acknowledged commit survive a power loss.
    if (!readOnly) database.exec('pragma journal_mode = wal; pragma synchronous = full');
    // From here on the wait for another process happens in retryWhileBusy, where the event loop is free.
    database.exec('pragma busy_timeout = 0');
    return database;
  } catch (error) {
    database?.close();
    throw toAuthError(explainOpening(path, error), `cannot open the database ${path}`);
  }
}

/**
 * One SQLite connection. Statements are prepared once: preparing costs more than running most of them.
 * Calls are synchronous underneath, so a statement is never interleaved with another of this process.
 */
export class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #patience: Patience;
  readonly #onCommit: () => void;
  readonly #prepared = new Map<string, { statement: StatementSync; returnsRows: boolean }>();
  #dataVersion: StatementSync | undefined;

  constructor(options: ConnectionOptions) {
    this.#patience = options.patience;
    this.#onCommit = options.onCommit ?? (() => {});
    this.#database = open(options);
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** For statements without parameters or rows: begin, commit, pragma. */
  async run(sql: string): Promise<void> {
    await retryWhileBusy(this.#patience, () => this.exec(sql));
  }

  /** The same without patience: for what cannot be busy. Prepared once, like everything else. */
  exec(sql: string): void {
    this.#prepare(sql).statement.run();
    if (!this.#database.isTransaction) this.#onCommit();
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    // Inside an immediate transaction the write lock is ours and nothing is ever busy.
    return retryWhileBusy(this.#patience, () => this.#execute<Row>(sql, parameters));
  }

  /** Differs from an earlier answer when another connection has committed since; undefined when the file is busy. */
  dataVersion(): number | undefined {
    try {
      this.#dataVersion ??= this.#database.prepare('pragma data_version');
      return Number(Object.values(this.#dataVersion.get() ?? {})[0]);
    } catch {
      return undefined;
    }
  }

  #execute<Row>(sql: string, parameters: readonly unknown[]): QueryResult<Row> {
    const { statement, returnsRows } = this.#prepare(sql);
    const values = parameters as SqliteValue[];
    const result = returnsRows
      ? { rows: statement.all(...values) as Row[] }
      : { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
    // Outside a transaction every statement is one.
    if (!this.#database.isTransaction) this.#onCommit();
    return result;
  }

  #prepare(sql: string) {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    const entry = { statement, returnsRows: statement.columns().length > 0 };
    // Lists of ids make an open-ended family of statements; forgetting the oldest keeps the cache bounded.
    const oldest = this.#prepared.keys().next();
    if (this.#prepared.size >= MAX_PREPARED && oldest.done !== true) this.#prepared.delete(oldest.value);
    this.#prepared.set(sql, entry);
    return entry;
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; nothing here streams.
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('this engine does not stream');
  }

  close(): void {
    this.#prepared.clear();
    this.#dataVersion = undefined;
    if (this.#database.isOpen) this.#database.close();
  }
}
