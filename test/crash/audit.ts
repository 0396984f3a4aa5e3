import { LOCKED_AFTER } from './lives/guesser.ts';
import { Fault, type World } from './world.ts';

/** Rows of one statement, whichever engine answers. */
export type Ask = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** What never is in a database whose transactions are all or nothing. Each finds the rows that break it. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  'an account without its password': `
    select id from accounts where id not in (select account_id from passwords)`,
  'an account that nobody is on record to have made': `
    select id from accounts where id not in (
      select account_id from audit_events where type = 'account_created' and account_id is not null)`,
  'a sign-up that waits for a code which was never made': `
    select id from accounts where activated_at is null and id not in (
      select account_id from challenges
        where purpose = 'sign_up' and consumed_at is null and account_id is not null)`,
  'a sign-up whose code is spent and which is not active': `
    select account_id from challenges where purpose = 'sign_up' and consumed_at is not null
      and account_id in (select id from accounts where activated_at is null)`,
  'a session that nobody is on record to have opened': `
    select id from sessions where id not in (
      select session_id from audit_events where type = 'sign_in_succeeded' and session_id is not null)`,
  'a sign-in on record without its session': `
    select session_id from audit_events where type = 'sign_in_succeeded'
      and session_id not in (select id from sessions)`,
  'a refresh token that was exchanged for nothing': `
    select session_id from refresh_tokens where (exchanged_at is null) <> (successor_digest is null)
      or (successor_digest is not null and successor_digest not in (select digest from refresh_tokens))`,
  'a session with two refresh tokens that work': `
    select session_id from refresh_tokens where exchanged_at is null group by session_id having count(*) > 1`,
  'a rotating session without a refresh token that works': `
    select id from sessions where contract = 'fabric'
      and id not in (select session_id from refresh_tokens where exchanged_at is null)`,
  // Not one whose code was replaced or used before it left: that one is dropped.
  'a message that was given up': `
    select id from outbox where state = 'abandoned' and failure <> 'its code or link is dead'`,
};

/** Looks for what is half done, and for counts that went back. The server may be at work meanwhile. */
export async function audit(world: World, ask: Ask): Promise<void> {
  for (const [what, sql] of Object.entries(IMPOSSIBLE)) {
    const rows = await ask(sql);
    if (rows.length > 0) throw new Fault(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  const before = new Map([...world.guesses].map(([id, { answered }]) => [id, answered]));
  // An attempt that a crash left reserved counts when it expires, and locks without another write.
  const counted = await ask(`select subject, total + in_flight as failures from lockouts`);
  const bySubject = new Map(counted.map(({ subject, failures }) => [subject, Number(failures)]));
  for (const [id, answered] of before) {
    const failures = bySubject.get(`account:${id}`) ?? 0;
    const sent = world.guesses.get(id)?.sent ?? 0;
    if (failures < Math.min(answered, LOCKED_AFTER) || failures > sent)
      throw new Fault(`${failures} guesses counted of ${sent}, and ${answered} were answered: ${id}`);
  }
  world.count('audits of the database');
}
