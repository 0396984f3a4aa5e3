import { type Selectable, sql } from 'kysely';
import type { TotpCredential, TotpStore } from '../../../core/credential/index.ts';
import type { TotpSecretsTable } from '../tables/index.ts';
import { affected, type Handles } from './handles.ts';
import { prepared } from './prepared-query.ts';

type SecretRow = Pick<Selectable<TotpSecretsTable>, 'id' | 'sealed' | 'key_id'>;

const columns = ['id', 'sealed', 'key_id'] as const;

const findSecret = prepared<{ accountId: string }, SecretRow>((database, { accountId }) =>
  database.selectFrom('totp_secrets').select(columns).where('account_id', '=', accountId),
);

/** The key of a step and the steps after it decide in the insert itself; whoever gets the row has spent the code. */
const spendStep = prepared<{ credentialId: string; step: number; newestStep: number }, { step: number }>(
  (database, { credentialId, step, newestStep }) =>
    database
      .insertInto('totp_steps')
      .columns(['account_id', 'step'])
      .expression((insert) =>
        insert
          .selectFrom('totp_secrets')
          .select(['totp_secrets.account_id', sql<number>`cast(${step} as bigint)`.as('step')])
          .where('totp_secrets.id', '=', credentialId)
          .where(({ selectFrom, exists, not }) =>
            not(
              exists(
                selectFrom('totp_steps as spent')
                  .select('spent.step')
                  .whereRef('spent.account_id', '=', 'totp_secrets.account_id')
                  .where('spent.step', '>=', step)
                  .where('spent.step', '<=', newestStep),
              ),
            ),
          ),
      )
      .onConflict((conflict) => conflict.columns(['account_id', 'step']).doNothing())
      .returning('totp_steps.step'),
);

const toCredential = ({ id, sealed, key_id }: SecretRow): TotpCredential => ({
  id,
  secret: { keyId: key_id, bytes: sealed },
});

export function totpStore({ read, write, engine }: Handles): TotpStore {
  return {
    async find(accountId) {
      const [row] = await findSecret(engine).run(read, { accountId });
      return row && toCredential(row);
    },

    async set({ id, accountId, secret, enrolledAt }) {
      const values = { id, sealed: secret.bytes, key_id: secret.keyId, enrolled_at: enrolledAt };
      await write
        .insertInto('totp_secrets')
        .values({ account_id: accountId, ...values })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
        .execute();
      // They were spent with another secret, and say nothing about the codes of this one.
      await write.deleteFrom('totp_steps').where('account_id', '=', accountId).execute();
    },

    async spend({ credentialId, step, newestStep }) {
      const rows = await spendStep(engine).run(write, { credentialId, step, newestStep });
      return rows.length > 0;
    },

    async remove(accountId) {
      const result = await write
        .deleteFrom('totp_secrets')
        .where('account_id', '=', accountId)
        .executeTakeFirst();
      return affected(result) > 0;
    },

    async listSealedByOthers(keyId, { after, limit }) {
      const rows = await read
        .selectFrom('totp_secrets')
        .select(columns)
        .where('key_id', '!=', keyId)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(toCredential);
    },

    async reseal({ id, secret }, to) {
      const result = await write
        .updateTable('totp_secrets')
        .set({ sealed: to.bytes, key_id: to.keyId })
        .where('id', '=', id)
        .where('sealed', '=', secret.bytes)
        .executeTakeFirst();
      return affected(result) > 0;
    },

    async purge(beforeStep, limit) {
      const over = write
        .selectFrom('totp_steps')
        .select(['account_id', 'step'])
        .where('step', '<', beforeStep)
        .limit(limit);
      const result = await write
        .deleteFrom('totp_steps')
        .where(({ eb, refTuple }) =>
          eb(refTuple('account_id', 'step'), 'in', over.$asTuple('account_id', 'step')),
        )
        .executeTakeFirst();
      return affected(result);
    },
  };
}
