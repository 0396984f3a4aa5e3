import { type Kysely, sql } from 'kysely';
import { type Actor, actedBy } from '../core/audit/index.ts';
import type { SqlEngine } from './sql/engines/engine.ts';
import { auditStore } from './sql/stores/audit.ts';
import { affected } from './sql/stores/handles.ts';
import type { Tables } from './sql/tables/index.ts';

export interface EpochStart {
  readonly now: number;
  /** The newest TOTP step whose code a device may show now. */
  readonly newestTotpStep: number;
  readonly actor: Actor;
  /** The root secret is lost: removes its fingerprint, so that the next process can start with another secret. */
  readonly forgetsSecret?: boolean;
}

/** What was alive and is not any more. */
export interface NewEpoch {
  readonly sessions: number;
  readonly challenges: number;
  readonly messages: number;
  /** The next account gets a number above this one. */
  readonly lastNumber: number;
  /** TOTP secrets that no other root secret opens. Present only where the root secret was given up. */
  readonly lostTotpSecrets?: number;
}

/** More accounts than anybody makes between a backup and its restore; 2000 restores still fit 31 bits. */
const NUMBERS_LEFT_OUT = 1_000_000;

/**
 * After a restore: what was spent since the backup was made would be alive again, and what became of it meanwhile
 * nobody knows. So nothing that can be spent survives, and no number of an account that may have been given since
 * is given again (decision 0015). One transaction: all of it or nothing.
 */
export async function startNewEpoch(
  engine: SqlEngine,
  { now, newestTotpStep, actor, forgetsSecret = false }: EpochStart,
): Promise<NewEpoch> {
  return engine.transaction(async (database) => {
    // First, so that a sign-in which is under way waits, and then finds that its epoch is over.
    await database
      .updateTable('accounts')
      .set(({ eb }) => ({ epoch: eb('epoch', '+', 1) }))
      .execute();
    const sessions = await database
      .updateTable('sessions')
      .set({ ended_at: now, end_reason: 'database_restored' })
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    const challenges = await database.deleteFrom('challenges').executeTakeFirst();
    const undos = await database.deleteFrom('address_undos').executeTakeFirst();
    const messages = await database
      .updateTable('outbox')
      .set({
        state: 'abandoned',
        failure: 'the database was restored',
        sealed: null,
        claimed_until: null,
        settled_at: now,
      })
      .where('state', '=', 'pending')
      .executeTakeFirst();
    await spendTotpSteps(database, newestTotpStep);
    const lastNumber = (await engine.bulk.lastNumber(database, 'accounts', 'number')) + NUMBERS_LEFT_OUT;
    await engine.bulk.setLastNumber(database, 'accounts', 'number', lastNumber);
    let lost = {};
    if (forgetsSecret) {
      await database.deleteFrom('secret_fingerprint').execute();
      lost = { lostTotpSecrets: await countTotpSecrets(database) };
    }
    const epoch = {
      sessions: affected(sessions),
      challenges: affected(challenges) + affected(undos),
      messages: affected(messages),
      lastNumber,
      ...lost,
    };
    const audit = auditStore({ read: database, write: database, engine });
    await audit.record({
      at: now,
      type: 'epoch_started',
      ...actedBy(actor),
      detail: { ...epoch, ...(forgetsSecret && { forgetsSecret }) },
    });
    return epoch;
  });
}

async function countTotpSecrets(database: Kysely<Tables>): Promise<number> {
  const { count } = await database
    .selectFrom('totp_secrets')
    .select(({ fn }) => fn.countAll<number | bigint | string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The newest step stands for all before it: no code that a device shows now or showed since the backup signs in. */
async function spendTotpSteps(database: Kysely<Tables>, newestStep: number): Promise<void> {
  await database
    .insertInto('totp_steps')
    .columns(['account_id', 'step'])
    .expression(({ selectFrom }) =>
      selectFrom('totp_secrets')
        .select(['account_id', sql<number>`cast(${newestStep} as bigint)`.as('step')])
        // SQLite would take the words that follow for a join.
        .where(sql<boolean>`true`),
    )
    .onConflict((conflict) => conflict.columns(['account_id', 'step']).doNothing())
    .execute();
}
