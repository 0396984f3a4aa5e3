import type { Selectable } from 'kysely';
import type { ChallengeStore, TriedChallenge } from '../../../core/challenge/index.ts';
import type { ChallengesTable } from '../tables/index.ts';
import { affected, type Handles } from './handles.ts';

function toTried(row: Selectable<ChallengesTable>): TriedChallenge {
  return {
    id: row.id,
    accountId: row.account_id,
    ownerKey: row.owner_key,
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
      const { ownerKey, purpose, channel, form } = challenge;
      const columns = {
        id: challenge.id,
        account_id: challenge.accountId,
        target: challenge.target,
        address: challenge.address,
        secret_digest: challenge.secretDigest,
        epoch: challenge.epoch,
        tries: 0,
        created_at: challenge.createdAt,
        expires_at: challenge.expiresAt,
        consumed_at: null,
      };
      await write
        .insertInto('challenges')
        .values({ owner_key: ownerKey, purpose, channel, form, ...columns })
        .onConflict((conflict) =>
          conflict.columns(['owner_key', 'purpose', 'channel', 'form']).doUpdateSet(columns),
        )
        .execute();
    },

    async countTry(purpose, targets, { now, limit }) {
      const rows = await write
        .updateTable('challenges')
        .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
        .where('target', 'in', targets)
        .where('purpose', '=', purpose)
        .where('form', '=', 'code')
        .where('consumed_at', 'is', null)
        .where('expires_at', '>', now)
        .where('tries', '<', limit)
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

    async findByTarget(purpose, target) {
      const rows = await read
        .selectFrom('challenges')
        .selectAll()
        .where('target', '=', target)
        .where('purpose', '=', purpose)
        .execute();
      return rows.map(toTried);
    },

    async consume(id, now) {
      const consumed = await write
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
        .returning(['owner_key', 'purpose'])
        .executeTakeFirst();
      if (consumed === undefined) return false;
      await write
        .updateTable('challenges')
        .set({ consumed_at: now })
        .where('owner_key', '=', consumed.owner_key)
        .where('purpose', '=', consumed.purpose)
        .where('consumed_at', 'is', null)
        .execute();
      return true;
    },

    async cancelRivals({ id, purpose, form }, targets) {
      await write
        .deleteFrom('challenges')
        .where('target', 'in', targets)
        .where('purpose', '=', purpose)
        .where('form', '=', form)
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
