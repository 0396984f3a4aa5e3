import type { SecretFingerprintStore } from '../../../core/root-secret.ts';
import { affected, type Handles } from './handles.ts';

/** The id of the only row. */
const ID = 1;

export function secretFingerprintStore({ read, write }: Handles): SecretFingerprintStore {
  return {
    async find() {
      const row = await read
        .selectFrom('secret_fingerprint')
        .select('fingerprint')
        .where('id', '=', ID)
        .executeTakeFirst();
      return row?.fingerprint;
    },

    async record(fingerprint, at) {
      const row = await write
        .insertInto('secret_fingerprint')
        .values({ id: ID, fingerprint, recorded_at: at })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async replace(from, to, at) {
      const replaced = await write
        .updateTable('secret_fingerprint')
        .set({ fingerprint: to, recorded_at: at })
        .where('id', '=', ID)
        .where('fingerprint', '=', from)
        .executeTakeFirst();
      return affected(replaced) === 1;
    },
  };
}
