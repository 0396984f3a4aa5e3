import type { Selectable } from 'kysely';
import type { ChallengeStore, TriedChallenge } from '../../../core/challenge/index.ts';
import type { ChallengesTable } from '../tables/index.ts';
import { affected, type Handles } from './handles.ts';

function toTried(row: Selectable<ChallengesTable>): TriedChallenge {
  return {
    id: row.id,
    accountId: row.account_id,
    purpose: row.purpose,
    channel: row.channel,
    target: row.target,
    address: row.address,
    form: row.form,
    secretDigest: row.secret_digest,
    epoch: row.epoch,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    tries: row.tries,
    consumedAt: row.consumed_at,
  };
}

export function challengeStore({ read, write, engine }: Handles): ChallengeStore {
  return {
    async put(challenge) {
      const columns = {
        id: challenge.id,
        channel: challenge.channel,
        target: challenge.target,
        address: challenge.address,
        form: challenge.form,
        secret_digest: challenge.secretDigest,
        epoch: challenge.epoch,
        tries: 0,
        created_at: challenge.createdAt,
        expires_at: challenge.expiresAt,
        consumed_at: null,
      };
      await write
        .insertInto('challenges')
        .values({ account_id: challenge.accountId, purpose: challenge.purpose, ...columns })
        .onConflict((conflict) => conflict.columns(['account_id', 'purpose']).doUpdateSet(columns))
        .execute();
    },

    async countTry(purpose, target) {
      const rows = await write
        .updateTable('challenges')
        .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
        .where('purpose', '=', purpose)
        .where('target', '=', target)
        .returningAll()
        .execute();
      return rows.map(toTried);
    },

    async findByLink(purpose, secretDigest) {
      const row = await read
        .selectFrom('challenges')
        .selectAll()
        .where('secret_digest', '=', secretDigest)
        .where('purpose', '=', purpose)
        .where('form', '=', 'link')
        .executeTakeFirst();
      return row && toTried(row);
    },

    async consume(id, now) {
      const result = await write
        .updateTable('challenges')
        .set({ consumed_at: now })
        .where('id', '=', id)
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now)
        .where('epoch', '=', ({ selectFrom }) =>
          selectFrom('accounts')
            .select('accounts.epoch')
            .whereRef('accounts.id', '=', 'challenges.account_id')
            // An event that kills codes takes its turn before or after this, never in between.
            .$if(engine.dialect.locksRows, (accounts) => accounts.forNoKeyUpdate()),
        )
        .executeTakeFirst();
      return affected(result) === 1;
    },

    async cancelRivals({ id, purpose, target }) {
      await write
        .deleteFrom('challenges')
        .where('purpose', '=', purpose)
        .where('target', '=', target)
        .where('id', '!=', id)
        .execute();
    },

    async cancelOthers(accountId, except) {
      await write
        .deleteFrom('challenges')
        .where('account_id', '=', accountId)
        .where('id', '!=', except)
        .execute();
    },

    async cancelAll(accountId) {
      await write.deleteFrom('challenges').where('account_id', '=', accountId).execute();
    },

    async purge(before, limit) {
      const over = write.selectFrom('challenges').select('id').where('expires_at', '<', before).limit(limit);
      return affected(await write.deleteFrom('challenges').where('id', 'in', over).executeTakeFirst());
    },
  };
}
