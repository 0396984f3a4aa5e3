import { sql } from 'kysely';
import type { QuotaStore } from '../../../core/throttle/index.ts';
import { affected, type Handles } from './handles.ts';

export function quotaStore({ read, write }: Handles): QuotaStore {
  return {
    async count(key, { limit, windowMs }, now) {
      const row = await write
        .insertInto('quotas')
        .values({ key, used: 1, window_ends_at: now + windowMs })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet({
              used: sql`case when quotas.window_ends_at <= ${now} then 1 else quotas.used + 1 end`,
              window_ends_at: sql`case when quotas.window_ends_at <= ${now} then ${now + windowMs} else quotas.window_ends_at end`,
            })
            .where((where) =>
              where.or([
                where('quotas.window_ends_at', '<=', now),
                // The column is narrower than a limit that means none.
                where('quotas.used', '<', sql<number>`cast(${limit} as bigint)`),
              ]),
            ),
        )
        .returning('used')
        .executeTakeFirst();
      if (row !== undefined) return { kind: 'counted' };
      const window = await write
        .selectFrom('quotas')
        .select('window_ends_at')
        .where('key', '=', key)
        .executeTakeFirst();
      return { kind: 'exceeded', retryAt: window?.window_ends_at ?? now + windowMs };
    },

    async takeBack(key) {
      await write
        .updateTable('quotas')
        .set(({ eb }) => ({ used: eb('used', '-', 1) }))
        .where('key', '=', key)
        .where('used', '>', 0)
        .execute();
    },

    async used(key, now) {
      const window = await read
        .selectFrom('quotas')
        .select('used')
        .where('key', '=', key)
        .where('window_ends_at', '>', now)
        .executeTakeFirst();
      return window?.used ?? 0;
    },

    async purge(now, limit) {
      const over = write.selectFrom('quotas').select('key').where('window_ends_at', '<=', now).limit(limit);
      return affected(
        await write
          .deleteFrom('quotas')
          .where('key', 'in', over)
          // A new window may have begun since it was found.
          .where('window_ends_at', '<=', now)
          .executeTakeFirst(),
      );
    },
  };
}
