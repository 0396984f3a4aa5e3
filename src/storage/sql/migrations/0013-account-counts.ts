import { type Kysely, sql } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/**
 * How many accounts there are, kept by triggers so that no statement can forget it: the sum over the rows of
 * `account_counts`, exact in every snapshot (decision 0023). And what finds a page of accounts by their order alone.
 */
export async function up(database: Kysely<unknown>, { integer, isShared }: SqlDialectFacts): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('account_counts')
    .addColumn('shard', 'integer', (column) =>
      isShared ? column.generatedAlwaysAsIdentity().primaryKey() : column.primaryKey(),
    )
    .addColumn('accounts', integer, (column) => column.notNull())
    .execute();
  // Triggers first: on PostgreSQL they wait for whoever writes, and nothing is missed between the two.
  if (isShared) await createSharedCounters(database);
  else await createCounter(database);
  await sql`insert into account_counts (accounts) select count(*) from accounts`.execute(database);
  // On SQLite the key of the table leads through its rows. PostgreSQL's is an index of its own.
  if (!isShared) await schema.createIndex('accounts_by_number').on('accounts').column('number').execute();
}

/** There is one writer, and so one row. */
async function createCounter(database: Kysely<unknown>): Promise<void> {
  for (const [event, sign] of [
    ['insert', '+'],
    ['delete', '-'],
  ]) {
    await sql
      .raw(
        `create trigger accounts_counted_on_${event} after ${event} on accounts begin update account_counts set accounts = accounts ${sign} 1; end`,
      )
      .execute(database);
  }
}

/** Each transaction adds to a row that no other one holds, and makes one where all are held: none waits for another. */
async function createSharedCounters(database: Kysely<unknown>): Promise<void> {
  await sql`create function latchkey_count_accounts() returns trigger language plpgsql as $$
    declare change bigint;
    begin
      select count(*) into change from changed;
      if change = 0 then
        return null;
      end if;
      if tg_op = 'DELETE' then
        change := -change;
      end if;
      with free as (select shard from account_counts limit 1 for update skip locked)
        update account_counts set accounts = accounts + change where shard = (select shard from free);
      if not found then
        insert into account_counts (accounts) values (change);
      end if;
      return null;
    end $$`.execute(database);
  for (const [event, rows] of [
    ['insert', 'new'],
    ['delete', 'old'],
  ]) {
    await sql
      .raw(
        `create trigger latchkey_accounts_counted_on_${event} after ${event} on accounts
          referencing ${rows} table as changed for each statement execute function latchkey_count_accounts()`,
      )
      .execute(database);
  }
}
