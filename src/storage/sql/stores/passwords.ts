import type { PasswordStore } from '../../../core/credential/index.ts';
import { affected, type Handles } from './handles.ts';
import { prepared } from './prepared-query.ts';

const findHash = prepared<{ accountId: string }, { hash: string }>((database, { accountId }) =>
  database.selectFrom('passwords').select('hash').where('account_id', '=', accountId),
);

export function passwordStore({ read, write, engine }: Handles): PasswordStore {
  return {
    async find(accountId) {
      const [row] = await findHash(engine).run(read, { accountId });
      return row?.hash;
    },

    async set(accountId, hash, now) {
      await write
        .insertInto('passwords')
        .values({ account_id: accountId, hash, set_at: now })
        .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ hash, set_at: now }))
        .execute();
    },

    async replace(accountId, { from, to, now }) {
      const result = await write
        .updateTable('passwords')
        .set({ hash: to, set_at: now })
        .where('account_id', '=', accountId)
        .where('hash', '=', from)
        .executeTakeFirst();
      return affected(result) > 0;
    },

    async remove(accountId) {
      const result = await write
        .deleteFrom('passwords')
        .where('account_id', '=', accountId)
        .executeTakeFirst();
      return affected(result) > 0;
    },
  };
}
