import { StatementSync } from 'node:sqlite';
import pg from 'pg';

/** Listens to every statement that this process runs on SQLite or PostgreSQL, until disposed. */
export class Wiretap implements Disposable {
  #heard: string[] = [];
  readonly #originals = (['run', 'all', 'get'] as const).map((name) => {
    const original = StatementSync.prototype[name];
    const hear = (sql: string) => this.#heard.push(sql);
    StatementSync.prototype[name] = function (this: StatementSync, ...values: never[]) {
      hear(this.sourceSQL);
      return Reflect.apply(original, this, values);
    } as never;
    return { name, original };
  });

  readonly #query = pg.Client.prototype.query;

  constructor() {
    const hear = (sql: string) => this.#heard.push(sql);
    const original = this.#query;
    pg.Client.prototype.query = function (this: pg.Client, ...given: never[]) {
      const [query] = given as unknown as readonly [string | { readonly text: string }];
      hear(typeof query === 'string' ? query : query.text);
      return Reflect.apply(original, this, given);
    } as never;
  }

  /** What was run since it was last asked. */
  take(): string[] {
    const heard = this.#heard;
    this.#heard = [];
    return heard;
  }

  [Symbol.dispose](): void {
    for (const { name, original } of this.#originals) StatementSync.prototype[name] = original as never;
    pg.Client.prototype.query = this.#query;
  }
}

export const isStatement = (sql: string): boolean => /^(select|insert|update|delete|with)\b/i.test(sql);
const isWrite = (sql: string): boolean => isStatement(sql) && !/^select\b/i.test(sql);

/** Commits that reach the disk: of transactions that write, and of single writes outside of them. */
export function commitsOf(heard: readonly string[]): number {
  let isOpen = false;
  let writes = false;
  let commits = 0;
  for (const sql of heard) {
    if (sql.startsWith('begin')) [isOpen, writes] = [true, false];
    else if (sql === 'commit') {
      isOpen = false;
      if (writes) commits += 1;
    } else if (!isWrite(sql)) continue;
    else if (isOpen) writes = true;
    else commits += 1;
  }
  return commits;
}
