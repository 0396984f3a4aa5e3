import type { AddressUndoStore } from '../../../core/account/index.ts';
import { affected, type Handles } from './handles.ts';

export function addressUndoStore({ read, write }: Handles): AddressUndoStore {
  return {
    async add({ accountId, email, secretDigest, expiresAt }) {
      await write
        .insertInto('address_undos')
        .values({
          account_id: accountId,
          email: email.value,
          email_key: email.key,
          secret_digest: secretDigest,
          expires_at: expiresAt,
        })
        .execute();
    },

    async find(secretDigest) {
      const row = await read
        .selectFrom('address_undos')
        .select(['sequence', 'account_id', 'email', 'email_key', 'expires_at'])
        .where('secret_digest', '=', secretDigest)
        .executeTakeFirst();
      return (
        row && {
          sequence: row.sequence,
          accountId: row.account_id,
          email: { kind: 'email', value: row.email, key: row.email_key },
          expiresAt: row.expires_at,
        }
      );
    },

    async use(sequence, now) {
      const result = await write
        .deleteFrom('address_undos')
        .where('sequence', '=', sequence)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return affected(result) === 1;
    },

    async cancelAfter({ accountId, sequence }) {
      await write
        .deleteFrom('address_undos')
        .where('account_id', '=', accountId)
        .where('sequence', '>', sequence)
        .execute();
    },

    async purge(before, limit) {
      const over = write
        .selectFrom('address_undos')
        .select('sequence')
        .where('expires_at', '<', before)
        .limit(limit);
      return affected(
        await write.deleteFrom('address_undos').where('sequence', 'in', over).executeTakeFirst(),
      );
    },
  };
}
