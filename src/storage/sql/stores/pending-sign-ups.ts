import type { ExpressionBuilder } from 'kysely';
import { type AccountStore, type ContactIdentifier, parseContact } from '../../../core/account/index.ts';
import type { Tables } from '../tables/index.ts';
import { keyColumn } from './account-rows.ts';
import { affected, type Handles } from './handles.ts';

/** Of a pending sign-up that holds the address, or is for it while another account holds it. */
const isPendingFor =
  (addresses: readonly ContactIdentifier[]) =>
  ({ and, eb, or }: ExpressionBuilder<Tables, 'accounts'>) =>
    and([
      eb('activated_at', 'is', null),
      or(
        addresses.flatMap(({ kind, key }) => [eb(keyColumn[kind], '=', key), eb('sign_up_target', '=', key)]),
      ),
    ]);

/** What the account store knows of sign-ups that were not confirmed. */
export function pendingSignUps({
  read,
  write,
  engine,
}: Handles): Pick<
  AccountStore,
  'findPending' | 'deletePending' | 'signUpAddress' | 'isContested' | 'purgePending'
> {
  const mustLock = read.isTransaction && engine.dialect.locksRows;

  /** Of two sign-ups for one address the second must see what the first has left, to delete it. */
  async function takeTurns(addresses: readonly ContactIdentifier[]): Promise<void> {
    if (!write.isTransaction) return;
    await engine.dialect.takeTurns(
      write,
      addresses.map(({ kind, key }) => `${kind}:${key}`),
    );
  }

  return {
    async findPending(address) {
      await takeTurns([address]);
      const found = read
        .selectFrom('accounts')
        .select(['id', 'sign_up_address', 'sign_up_contract', 'sign_up_network', 'sign_up_contested'])
        .where(isPendingFor([address]));
      const row = await (mustLock ? found.forNoKeyUpdate() : found).executeTakeFirst();
      return (
        row && {
          accountId: row.id,
          address: row.sign_up_address,
          contract: row.sign_up_contract ?? '',
          network: row.sign_up_network ?? '',
          isContested: row.sign_up_contested === 1,
        }
      );
    },

    async deletePending({ email, phone }) {
      const addresses = [email, phone].filter((address) => address !== undefined);
      if (addresses.length === 0) return [];
      await takeTurns(addresses);
      const deleted = await write
        .deleteFrom('accounts')
        .where(isPendingFor(addresses))
        .returning('id')
        .execute();
      return deleted.map(({ id }) => id);
    },

    async signUpAddress(id) {
      const row = await read
        .selectFrom('accounts')
        .select(['sign_up_address', 'email', 'phone'])
        .where('id', '=', id)
        .where('activated_at', 'is', null)
        .executeTakeFirst();
      const address = row?.sign_up_address ?? row?.email ?? row?.phone;
      return address == null ? undefined : parseContact(address);
    },

    async isContested(id) {
      const row = await read
        .selectFrom('accounts')
        .select('sign_up_contested')
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.sign_up_contested === 1;
    },

    async purgePending(before, limit) {
      const over = write
        .selectFrom('accounts')
        .select('id')
        .where('activated_at', 'is', null)
        .where('created_at', '<', before)
        .limit(limit);
      return affected(
        await write
          .deleteFrom('accounts')
          .where('id', 'in', over)
          // Confirmed since it was found.
          .where('activated_at', 'is', null)
          .executeTakeFirst(),
      );
    },
  };
}
