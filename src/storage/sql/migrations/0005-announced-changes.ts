import { type Kysely, sql } from 'kysely';
import type { SqlDialectFacts } from '../engines/engine.ts';

/**
 * Where several machines keep what they read of live sessions: whatever changes one tells them whose it is, whoever
 * does it, in the moment in which it is committed. Triggers, so that no statement can forget it, not even one that an
 * operator types. When an account was last seen is not told: it would be most of what is said, and ends nothing.
 */
export async function up(database: Kysely<unknown>, { isShared }: SqlDialectFacts): Promise<void> {
  if (!isShared) return;
  // A purge concerns so many that everything may as well be read again.
  await sql`create function latchkey_announce(accounts text[]) returns void language plpgsql as $$
    declare account text;
    begin
      if cardinality(accounts) > 100 then
        perform pg_notify('latchkey_sessions', 'all');
        return;
      end if;
      foreach account in array accounts loop
        perform pg_notify('latchkey_sessions', 'account:' || account);
      end loop;
    end $$`.execute(database);
  const changes = [
    {
      name: 'accounts_updated',
      trigger: 'update on accounts referencing old table as before new table as after',
      whose: `select after.id from after join before using (id)
        where to_jsonb(after) - 'last_seen_at' is distinct from to_jsonb(before) - 'last_seen_at'`,
    },
    {
      name: 'accounts_deleted',
      trigger: 'delete on accounts referencing old table as before',
      whose: 'select id from before',
    },
    {
      name: 'sessions_updated',
      trigger: 'update on sessions referencing new table as after',
      whose: 'select distinct account_id from after',
    },
    {
      name: 'sessions_deleted',
      trigger: 'delete on sessions referencing old table as before',
      whose: 'select distinct account_id from before',
    },
    {
      name: 'access_tokens_deleted',
      trigger: 'delete on access_tokens referencing old table as before',
      // A session that is gone, too, says so itself.
      whose: 'select distinct account_id from before join sessions on sessions.id = before.session_id',
    },
    {
      name: 'totp_secrets_inserted',
      trigger: 'insert on totp_secrets referencing new table as after',
      whose: 'select account_id from after',
    },
    {
      name: 'totp_secrets_updated',
      trigger: 'update on totp_secrets referencing new table as after',
      whose: 'select account_id from after',
    },
    {
      name: 'totp_secrets_deleted',
      trigger: 'delete on totp_secrets referencing old table as before',
      whose: 'select account_id from before',
    },
  ];
  for (const { name, trigger, whose } of changes) {
    const announcer = `latchkey_announce_${name}`;
    await sql
      .raw(
        `create function ${announcer}() returns trigger language plpgsql as $$
          begin
            perform latchkey_announce(array(${whose}));
            return null;
          end $$`,
      )
      .execute(database);
    await sql
      .raw(`create trigger ${announcer} after ${trigger} for each statement execute function ${announcer}()`)
      .execute(database);
  }
}
