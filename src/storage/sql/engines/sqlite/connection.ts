import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { CompiledQuery, QueryResult } from 'kysely';
import { toAuthError } from './faults.ts';
import type { OpenedFile } from './opened-file.ts';
import { explainOpening } from './place.ts';

const MAX_PREPARED = 200;
/** Only while opening, which is before anything is served. */
const OPENING_TIMEOUT_MS = 5_000;

type SqliteValue = string | number | null | Uint8Array;

export interface ConnectionOptions {
  /** File name, or `:memory:`. */
  readonly path: string;
  readonly readOnly: boolean;
  /** What the connection is open on; undefined in memory. */
  readonly file: OpenedFile | undefined;
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
    // From here on the wait for another process happens in Lease, where the event loop is free.
    database.exec('pragma busy_timeout = 0');
    return database;
  } catch (error) {
    database?.close();
    throw toAuthError(explainOpening(path, error), `cannot open the database ${path}`);
  }
}

/**
 * One SQLite connection. Statements are prepared once: preparing costs more than running most of them.
 * Calls are synchronous, so a statement is never interleaved with another of this process. None of them waits for the
 * lock of another process.
 */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #file: OpenedFile | undefined;
  readonly #isReadOnly: boolean;
  readonly #onCommit: () => void;
  readonly #prepared = new Map<string, { statement: StatementSync; returnsRows: boolean }>();
  #dataVersion: StatementSync | undefined;

  constructor(options: ConnectionOptions) {
    this.#onCommit = options.onCommit ?? (() => {});
    this.#isReadOnly = options.readOnly;
    this.#database = open(options);
    this.#file = options.file;
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** For statements without parameters or rows: begin, commit. Prepared once, like everything else. */
  exec(sql: string): void {
    this.#file?.assertSame();
    this.#prepare(sql).statement.run();
    this.#afterStatement();
  }

  /** @throws DatabaseUnusable when the file was removed or replaced, and what SQLite says */
  execute<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    this.#file?.assertSame();
    const { statement, returnsRows } = this.#prepare(sql);
    const values = parameters as SqliteValue[];
    const result = returnsRows
      ? { rows: statement.all(...values) as Row[] }
      : { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) };
    this.#afterStatement();
    return result;
  }

  /** Differs from an earlier answer when another connection has committed since; undefined when the file is busy or gone. */
  dataVersion(): number | undefined {
    try {
      this.#file?.assertSame();
      this.#dataVersion ??= this.#database.prepare('pragma data_version');
      return Number(Object.values(this.#dataVersion.get() ?? {})[0]);
    } catch {
      return undefined;
    }
  }

  /** Outside a transaction every statement is one: nothing is acknowledged that went into a file that is gone. */
  #afterStatement(): void {
    if (this.#database.isTransaction) return;
    this.#onCommit();
    if (!this.#isReadOnly) this.#file?.assertSameNow();
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

  close(): void {
    this.#prepared.clear();
    this.#dataVersion = undefined;
    if (this.#database.isOpen) this.#database.close();
  }
}
