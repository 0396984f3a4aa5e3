import { sql, type Updateable, type UpdateObject } from 'kysely';
import type {
  Account,
  AccountStore,
  Identifier,
  NewAccount,
  ProfilePatch,
} from '../../../core/account/index.ts';
import type { AccountsTable, Flag, Tables } from '../tables/index.ts';
import { type AccountRow, accountColumns, keyColumn, toAccount } from './account-rows.ts';
import { affected, type Handles } from './handles.ts';
import { pendingSignUps } from './pending-sign-ups.ts';
import { prepared } from './prepared-query.ts';
import { inSavepoint } from './savepoint.ts';

const findByKey = {
  email: prepared<{ key: string }, AccountRow>((database, { key }) =>
    database.selectFrom('accounts').select(accountColumns).where('email_key', '=', key),
  ),
  phone: prepared<{ key: string }, AccountRow>((database, { key }) =>
    database.selectFrom('accounts').select(accountColumns).where('phone', '=', key),
  ),
  username: prepared<{ key: string }, AccountRow>((database, { key }) =>
    database.selectFrom('accounts').select(accountColumns).where('username_key', '=', key),
  ),
};

/** Rows that a list passes over as quickly as it could find out how to avoid it. */
const NEAR = 100;

const flag = (value: boolean | undefined): Flag => (value === true ? 1 : 0);

/** Sorts after every key with the same beginning: keys are compared byte by byte, and no identifier contains it. */
const LAST_CHARACTER = '\u{10ffff}';

type Identifiers = Pick<NewAccount, 'username' | 'email' | 'phone'>;

/** What an account has no longer when it becomes active. */
const noSignUp = {
  sign_up_target: null,
  sign_up_address: null,
  sign_up_contract: null,
  sign_up_network: null,
  sign_up_contested: null,
} as const;

function profileColumns(patch: ProfilePatch): Updateable<AccountsTable> {
  const columns: Record<keyof ProfilePatch, keyof AccountsTable> = {
    fullName: 'full_name',
    givenName: 'given_name',
    familyName: 'family_name',
    birthDate: 'birth_date',
    bio: 'bio',
  };
  return Object.fromEntries(
    Object.entries(patch)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [columns[field as keyof ProfilePatch], value]),
  );
}

export function accountStore({ read, write, engine }: Handles): AccountStore {
  const select = () => read.selectFrom('accounts').select(accountColumns);
  // What a transaction reads of an account it goes on to rely on: until it ends, nobody else may change that.
  const mustLock = read.isTransaction && engine.dialect.locksRows;
  const selectOne = () => (mustLock ? select().forNoKeyUpdate() : select());

  async function findById(id: string): Promise<Account | undefined> {
    const row = await selectOne().where('id', '=', id).executeTakeFirst();
    return row && toAccount(row);
  }

  async function findByIdentifier({ kind, key }: Identifier): Promise<Account | undefined> {
    const [row] = mustLock
      ? await selectOne().where(keyColumn[kind], '=', key).execute()
      : await findByKey[kind](engine).run(read, { key });
    return row && toAccount(row);
  }

  async function count(): Promise<number> {
    const row = await read
      .selectFrom('account_counts')
      .select(({ fn }) => fn.sum<number>('accounts').as('count'))
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  /** After an insert met a taken key: which one. The first by the order in which people think of them. */
  async function takenBy(identifiers: Identifiers): Promise<'username' | 'email' | 'phone'> {
    const { email, username, phone } = identifiers;
    for (const identifier of [email, username, phone]) {
      if (identifier === undefined) continue;
      // Asks the writer: the reader may not see yet what refused the insert.
      const taken = await write
        .selectFrom('accounts')
        .select('id')
        .where(keyColumn[identifier.kind], '=', identifier.key)
        .executeTakeFirst();
      if (taken !== undefined) return identifier.kind;
    }
    // The other one was deleted between the two statements; the caller may try again.
    return (email ?? username ?? phone)?.kind ?? 'email';
  }

  /** The unique index decides, whoever else is writing. */
  async function unlessTaken(
    id: string,
    columns: UpdateObject<Tables, 'accounts'>,
  ): Promise<'changed' | 'taken'> {
    try {
      const update = write.updateTable('accounts').set(columns).where('id', '=', id);
      await inSavepoint({ write, engine }, () => update.execute());
      return 'changed';
    } catch (error) {
      if (engine.isUniqueViolation(error)) return 'taken';
      throw error;
    }
  }

  return {
    ...pendingSignUps({ read, write, engine }),
    findById,
    findByIdentifier,

    async findByNumber(number) {
      if (!Number.isSafeInteger(number)) return undefined;
      const row = await selectOne().where('number', '=', number).executeTakeFirst();
      return row && toAccount(row);
    },

    async create(account) {
      const { signUp } = account;
      const row = await write
        .insertInto('accounts')
        .values({
          id: account.id,
          username: account.username?.value ?? null,
          username_key: account.username?.key ?? null,
          email: account.email?.value ?? null,
          email_key: account.email?.key ?? null,
          phone: account.phone?.key ?? null,
          full_name: account.fullName ?? null,
          is_superuser: flag(account.isSuperuser),
          is_staff: flag(account.isStaff),
          created_at: account.createdAt,
          activated_at: account.activatedAt,
          email_verified_at: account.emailVerifiedAt,
          phone_verified_at: account.phoneVerifiedAt,
          first_proved_at: account.emailVerifiedAt ?? account.phoneVerifiedAt,
          disabled_at: account.disabledAt ?? null,
          ...(signUp && {
            sign_up_target: signUp.address.key,
            sign_up_address: signUp.address.value,
            sign_up_contract: signUp.contract,
            sign_up_network: signUp.network,
            sign_up_contested: flag(signUp.isContested),
          }),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning(accountColumns)
        .executeTakeFirst();
      if (row !== undefined) return { kind: 'created', account: toAccount(row) };
      return { kind: 'taken', by: await takenBy(account) };
    },

    async releaseAddress(id, { kind, key }) {
      const [nothing, provedAt] =
        kind === 'email'
          ? ([{ email: null, email_key: null }, 'email_verified_at'] as const)
          : ([{ phone: null }, 'phone_verified_at'] as const);
      const result = await write
        .updateTable('accounts')
        .set(nothing)
        .where('id', '=', id)
        .where(keyColumn[kind], '=', key)
        .where(provedAt, 'is', null)
        .executeTakeFirst();
      return affected(result) === 1;
    },

    async markVerified(id, kind, now) {
      const column = kind === 'email' ? 'email_verified_at' : 'phone_verified_at';
      await write
        .updateTable('accounts')
        .set(({ fn, ref, val }) => ({
          ...noSignUp,
          [column]: fn.coalesce(ref(column), val(now)),
          first_proved_at: fn.coalesce(ref('first_proved_at'), val(now)),
          activated_at: fn.coalesce(ref('activated_at'), val(now)),
        }))
        .where('id', '=', id)
        .execute();
    },

    async updateProfile(id, patch) {
      const columns = profileColumns(patch);
      if (Object.keys(columns).length === 0) return findById(id);
      const row = await write
        .updateTable('accounts')
        .set(columns)
        .where('id', '=', id)
        .returning(accountColumns)
        .executeTakeFirst();
      return row && toAccount(row);
    },

    async changeEmail(id, { value, key }, verifiedAt) {
      return unlessTaken(id, {
        email: value,
        email_key: key,
        email_verified_at: verifiedAt,
        // A pending sign-up that an operator moves is no longer for the address it began with.
        sign_up_target: null,
        sign_up_address: null,
        ...(verifiedAt !== null && {
          first_proved_at: sql<number>`coalesce(first_proved_at, ${verifiedAt})`,
        }),
      });
    },

    async changePhone(id, { key }) {
      return unlessTaken(id, { phone: key, phone_verified_at: null });
    },

    async changeUsername(id, username) {
      return unlessTaken(id, { username: username?.value ?? null, username_key: username?.key ?? null });
    },

    async setRights(id, { isSuperuser, isStaff }) {
      if (isSuperuser === undefined && isStaff === undefined) return;
      await write
        .updateTable('accounts')
        .set({
          ...(isSuperuser !== undefined && { is_superuser: flag(isSuperuser) }),
          ...(isStaff !== undefined && { is_staff: flag(isStaff) }),
        })
        .where('id', '=', id)
        .execute();
    },

    async activate(id, now) {
      await write
        .updateTable('accounts')
        .set(({ fn, ref, val }) => ({
          ...noSignUp,
          activated_at: fn.coalesce(ref('activated_at'), val(now)),
        }))
        .where('id', '=', id)
        .execute();
    },

    async setDisabled(id, disabledAt) {
      const row = await write
        .updateTable('accounts')
        .set({ disabled_at: disabledAt })
        .where('id', '=', id)
        .returning(accountColumns)
        .executeTakeFirst();
      return row && toAccount(row);
    },

    async advanceEpoch(id) {
      const row = await write
        .updateTable('accounts')
        .set(({ eb }) => ({ epoch: eb('epoch', '+', 1) }))
        .where('id', '=', id)
        .returning('epoch')
        .executeTakeFirstOrThrow();
      return row.epoch;
    },

    async touch(id, { now, unlessSince }) {
      await write
        .updateTable('accounts')
        .set({ last_seen_at: now })
        .where('id', '=', id)
        .where(({ eb, or }) => or([eb('last_seen_at', 'is', null), eb('last_seen_at', '<', unlessSince)]))
        .execute();
      engine.freshness.forget?.(id);
    },

    async delete(id) {
      return affected(await write.deleteFrom('accounts').where('id', '=', id).executeTakeFirst()) > 0;
    },

    async findByPrefix(prefix, limit) {
      const found = new Map<number, Account>();
      // Two queries, as each has an index of its own.
      for (const column of ['email_key', 'username_key'] as const) {
        const rows = await select()
          .where(column, '>=', prefix)
          .where(column, '<', `${prefix}${LAST_CHARACTER}`)
          .orderBy(column)
          .limit(limit)
          .execute();
        for (const row of rows) found.set(row.number, toAccount(row));
      }
      return [...found.values()].toSorted((one, other) => one.number - other.number).slice(0, limit);
    },

    async list({ skip, limit }) {
      const newestFirst = select().orderBy('number', 'desc');
      if (skip <= NEAR) return (await newestFirst.limit(limit).offset(skip).execute()).map(toAccount);
      const total = await count();
      if (skip >= total) return [];
      // A page in the older half is found from the oldest account on.
      const older = total - skip - limit;
      const isOlderHalf = older < skip;
      const page = isOlderHalf
        ? { offset: Math.max(older, 0), limit: Math.min(limit, total - skip) }
        : { offset: skip, limit };
      const rows = await newestFirst
        // What is passed over is passed over in an index that has nothing but the numbers.
        .where('number', 'in', ({ selectFrom }) =>
          selectFrom('accounts as ordered')
            .select('ordered.number')
            .orderBy('ordered.number', isOlderHalf ? 'asc' : 'desc')
            .limit(page.limit)
            .offset(page.offset),
        )
        .execute();
      return rows.map(toAccount);
    },

    count,
  };
}
