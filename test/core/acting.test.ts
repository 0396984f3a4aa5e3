import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Account, parseIdentifier } from '../../src/core/account/index.ts';
import type { Admin, AdminAct } from '../../src/core/admin.ts';
import type { Actor } from '../../src/core/audit/index.ts';
import { lockoutCountersOf } from '../../src/core/throttle/index.ts';
import { failAttempt } from '../../src/storage/conformance/fixture.ts';
import { type Bench, clientIn, email, openBench } from './bench.ts';

const actor: Actor = { door: 'vibemobi', by: 'account:the-actor', address: '203.0.113.9' };
const ADDRESS = 'alice@example.com';
const PASSWORD = 'correct horse battery';

type Run = (bench: Bench, account: Account) => Promise<unknown>;

/** Every flow that acts on an existing account, with input that makes it leave an event. */
const acts = {
  updateAccount: ({ admin, contract: { passwordPolicy } }, { id: accountId }) =>
    admin.updateAccount({
      actor,
      accountId,
      passwordPolicy,
      changes: {
        email: email('alice@new.example'),
        phone: parseIdentifier('phone', '+4917012345678'),
        username: parseIdentifier('username', 'alice'),
        fullName: 'Alice',
        isEnabled: false,
        isSuperuser: true,
        password: 'another fine passphrase',
      },
    }),
  deleteAccount: ({ admin }, account) => admin.deleteAccount({ actor, account }),
  disableAccount: ({ admin }, account) => admin.disableAccount({ actor, account }),
  enableAccount: ({ admin }, account) => admin.enableAccount({ actor, account }),
  enrollTotp: ({ admin }, account) => admin.enrollTotp({ actor, account }),
  removeTotp: ({ admin }, account) => admin.removeTotp({ actor, account }),
  async revokeSession({ admin, storage }, account) {
    const [session] = await storage.sessions.list(account.id);
    await admin.revokeSession({ actor, account, sessionId: session?.id ?? 'none' });
  },
  revokeSessions: ({ admin }, account) => admin.revokeSessions({ actor, account }),
  setPassword: ({ admin, contract: { passwordPolicy } }, account) =>
    admin.setPassword({ actor, account, password: 'another fine passphrase', passwordPolicy }),
  unlockAccount: ({ admin }, account) => admin.unlockAccount({ actor, account }),
  verifyIdentifier: ({ admin }, account) => admin.verifyIdentifier({ actor, account, kind: 'email' }),
} as const satisfies Partial<Record<AdminAct, Run>>;

/** Gives the account TOTP, a session and an unverified address, so that each act changes it. */
async function prepare({ core, signIn, storage }: Bench, { id: accountId }: Account): Promise<void> {
  const { credential } = core.totp.make();
  await signIn(ADDRESS, PASSWORD);
  await storage.totp.set({ ...credential, accountId, enrolledAt: 1 });
  await storage.accounts.changeEmail(accountId, email(ADDRESS), null);
}

/** Flows with an actor that create an account, or act on none. */
const others = {
  createAccount: ({ admin }) => admin.createAccount({ actor, email: email('bob@example.com') }),
  recordPrivateApiUse: ({ admin }) => admin.recordPrivateApiUse({ actor }),
  async resendSignUpFor({ admin, contract, storage, clock }) {
    const times = { createdAt: clock.now(), activatedAt: null, emailVerifiedAt: null, phoneVerifiedAt: null };
    const outcome = await storage.accounts.create({ id: 'p-1', email: email('p@example.com'), ...times });
    assert.ok(outcome.kind === 'created');
    const { account } = outcome;
    await admin.resendSignUpFor({ actor, account, contract, form: 'code', link: () => () => '' });
  },
} as const satisfies Partial<Record<AdminAct, Run>>;

/** Change nothing. */
const reads = [
  'findAccount',
  'findSignUpContract',
  'listAccounts',
  'listAuditEvents',
  'listMessages',
  'listSessions',
  'lookUpAccount',
  'readSignInState',
  'searchAccounts',
] as const satisfies readonly Exclude<keyof Admin, AdminAct>[];

async function scene(t: TestContext) {
  const bench = await openBench(t);
  const account = await bench.createAccount(ADDRESS, PASSWORD);
  await prepare(bench, account);
  let seen = (await bench.storage.audit.list({ limit: 1_000 })).length;
  /** Events since the last call. */
  const recorded = async () => {
    const all = await bench.storage.audit.list({ limit: 1_000 });
    const fresh = all.slice(0, all.length - seen);
    seen = all.length;
    return fresh;
  };
  return { bench, account, recorded };
}

test('every flow of admin is tried here as an act, or only reads', async (t) => {
  const { admin } = await openBench(t);
  const known = [...Object.keys(acts), ...Object.keys(others), ...reads];
  assert.deepEqual(Object.keys(admin).toSorted(), known.toSorted());
});

test('no flow of auth acts on another account than that of its session, code or link', async (t) => {
  const bench = await openBench(t);
  const { admin, auth, contract } = bench;
  for (const name of Object.keys(auth)) assert.ok(!Object.hasOwn(admin, name), name);
  const [alice, bob] = [
    await bench.createAccount(ADDRESS, PASSWORD),
    await bench.createAccount('b@example.com'),
  ];
  const { access } = await bench.signIn(ADDRESS, PASSWORD);
  const live = await bench.authenticate(access);
  const permit = await bench.permit('profile');
  const changes = { fullName: 'Alice' };
  // @ts-expect-error: the account is that of the session, and only `authenticate` makes one of those.
  await auth.updateOwnAccount({ contract, permit, live, changes, accountId: bob.id, account: bob });
  assert.equal((await admin.findAccount({ id: bob.id }))?.fullName, null);
  assert.equal((await admin.findAccount({ id: alice.id }))?.fullName, 'Alice');
  // @ts-expect-error: a session that was put together by hand.
  auth.signOut satisfies (input: { live: Omit<typeof live, symbol>; client: typeof bench.client }) => unknown;
});

describe('an act on an account names the actor, the contract and the address in each of its events', () => {
  for (const [name, run] of Object.entries<Run>({ ...acts, ...others })) {
    test(name, async (t) => {
      const { bench, account, recorded } = await scene(t);
      await run(bench, account);
      const events = await recorded();
      assert.ok(events.length > 0);
      for (const { type, door, actor: by, address } of events)
        assert.deepEqual({ type, door, by, address }, { type, ...actor });
    });
  }
});

describe('an act on an account that is gone is refused, and leaves no event', () => {
  for (const [name, run] of Object.entries<Run>(acts)) {
    test(name, async (t) => {
      const { bench, account, recorded } = await scene(t);
      await bench.admin.deleteAccount({ actor, account });
      await recorded();
      await assert.rejects(run(bench, account), { code: 'account_gone', accountId: account.id });
      assert.deepEqual(await recorded(), []);
    });
  }

  test('resendSignUpFor', async (t) => {
    const { bench, account, recorded } = await scene(t);
    const { admin, contract } = bench;
    await admin.deleteAccount({ actor, account });
    await recorded();
    const resent = admin.resendSignUpFor({ actor, account, contract, form: 'code', link: () => () => '' });
    await assert.rejects(resent, { code: 'account_gone' });
    assert.deepEqual(await recorded(), []);
    assert.deepEqual(await bench.messages(), []);
  });
});

// SEC-061
test('an act that races with the deletion of its account comes before it or is refused', async (t) => {
  const bench = await openBench(t);
  const { admin, storage } = bench;
  for (const [name, run] of Object.entries<Run>(acts)) {
    if (name === 'deleteAccount') continue;
    // The first call mostly wins the race: each gets its turn.
    for (const isDeletedFirst of [true, false]) {
      const account = await bench.createAccount(ADDRESS, PASSWORD);
      await prepare(bench, account);
      const deletion = () => admin.deleteAccount({ actor, account });
      const act = () => run(bench, account);
      const calls = isDeletedFirst ? [deletion(), act()] : [act(), deletion()];
      const results = await Promise.allSettled(calls);
      const [deleted, acted] = isDeletedFirst ? results : results.toReversed();
      assert.equal(deleted?.status, 'fulfilled', name);
      if (acted?.status === 'rejected') assert.equal(acted.reason.code, 'account_gone', name);
      const [last] = await storage.audit.list({ accountId: account.id, limit: 1 });
      assert.equal(last?.type, 'account_deleted', name);
      assert.equal(await storage.accounts.findById(account.id), undefined);
    }
  }
});

test('an unlock ends the lock after wrong passwords, and lets the right password in again', async (t) => {
  const bench = await openBench(t);
  const account = await bench.createAccount(ADDRESS, PASSWORD);
  for (let guess = 0; guess < 5; guess += 1) await assert.rejects(bench.signIn(ADDRESS, 'not the password'));
  await assert.rejects(bench.signIn(ADDRESS, PASSWORD), { code: 'account_locked' });
  await bench.admin.unlockAccount({ actor, account });
  await bench.signIn(ADDRESS, PASSWORD);
});

test('each lock is reported with its reason, and an unlock ends all of them', async (t) => {
  const { bench, account } = await scene(t);
  const { admin, clock, core, storage } = bench;
  for (const counter of lockoutCountersOf(account.id)) {
    for (let failure = 0; failure < 5; failure += 1)
      await failAttempt(storage, counter, core.lockout.policy, clock.now());
  }
  const until = clock.now() + core.lockout.policy.lockMs;
  const locked = await bench.admin.readSignInState({ account });
  assert.deepEqual(locked.locks, [
    { reason: 'wrong_passwords', until },
    { reason: 'wrong_totp_codes', until },
  ]);
  await admin.unlockAccount({ actor, account });
  assert.deepEqual((await bench.admin.readSignInState({ account })).locks, []);
});

describe('an operator who vouches for an address', () => {
  test('activates the pending sign-up, which signs in with its own password', async (t) => {
    const { bench, recorded } = await scene(t);
    const identifier = email('pending@example.com');
    const permit = await bench.permit('message');
    const { admin, auth, contract, storage } = bench;
    await auth.signUp({ contract, permit, identifier, password: PASSWORD, delivery: bench.code });
    const account = await storage.accounts.findByIdentifier(identifier);
    assert.ok(account);
    await assert.rejects(bench.signIn('pending@example.com', PASSWORD), { code: 'account_unverified' });
    await recorded();
    assert.equal(await admin.verifyIdentifier({ actor, account, kind: 'email' }), 'verified');
    await bench.signIn('pending@example.com', PASSWORD);
    assert.equal(await admin.verifyIdentifier({ actor, account, kind: 'email' }), 'verified_before');
    assert.equal(await admin.verifyIdentifier({ actor, account, kind: 'phone' }), 'absent');
    const types = (await recorded()).map(({ type }) => type);
    assert.deepEqual(types, ['sign_in_succeeded', 'account_activated', 'identifier_verified']);
  });
});

describe('an operator who vouches for an address of an active account that has proved none', () => {
  for (const [what, options, status] of [
    ['ends its sessions and removes its password, which may be another person’s', {}, 'rejected'],
    ['keeps both when told that they are the owner’s', { keepsPassword: true }, 'fulfilled'],
  ] as const) {
    test(what, async (t) => {
      const bench = await openBench(t);
      const { admin, storage } = bench;
      const account = await admin.createAccount({ actor, email: email(ADDRESS), password: PASSWORD });
      const { epoch } = account;
      assert.equal(await admin.verifyIdentifier({ actor, account, kind: 'email', ...options }), 'verified');
      const [signIn] = await Promise.allSettled([bench.signIn(ADDRESS, PASSWORD)]);
      assert.equal(signIn.status, status);
      const after = await storage.accounts.findById(account.id);
      assert.equal(after?.epoch, status === 'rejected' ? epoch + 1 : epoch);
    });
  }

  test('is refused while a sign-up waits for the address, and verifies that sign-up instead', async (t) => {
    const bench = await openBench(t);
    const { admin, auth, contract, storage } = bench;
    const squatter = await bench.createAccount('squatter@example.com', 'a stranger’s passphrase');
    await storage.accounts.changeEmail(squatter.id, email(ADDRESS), null);
    const permit = await bench.permit('message');
    await auth.signUp({
      contract,
      permit,
      identifier: email(ADDRESS),
      password: PASSWORD,
      delivery: bench.code,
    });
    const found = await admin.searchAccounts({ text: ADDRESS, limit: 10 });
    const [, signUp] = found;
    assert.deepEqual([found[0]?.id, found.length], [squatter.id, 2]);
    assert.ok(signUp);
    assert.equal(await admin.verifyIdentifier({ actor, account: squatter, kind: 'email' }), 'contested');
    assert.equal(await admin.verifyIdentifier({ actor, account: signUp, kind: 'email' }), 'verified');
    await bench.signIn(ADDRESS, PASSWORD);
    const [released] = await storage.audit.list({ type: 'address_released', limit: 1 });
    assert.deepEqual([released?.accountId, released?.actor], [squatter.id, actor.by]);
  });
});

test('a pending sign-up that an act replaces has an event that names the actor', async (t) => {
  const bench = await openBench(t);
  const { admin, auth, contract, storage } = bench;
  const acts: Record<string, () => Promise<unknown>> = {
    'first@example.com': () => admin.createAccount({ actor, email: email('first@example.com') }),
    async 'second@example.com'() {
      const { id: accountId } = await bench.createAccount('other@example.com', PASSWORD);
      const changes = { email: email('second@example.com') };
      await admin.updateAccount({ actor, accountId, passwordPolicy: contract.passwordPolicy, changes });
    },
  };
  for (const [address, replace] of Object.entries(acts)) {
    const identifier = email(address);
    const permit = await bench.permit('message');
    await auth.signUp({ contract, permit, identifier, password: PASSWORD, delivery: bench.code });
    const pending = await storage.accounts.findByIdentifier(identifier);
    assert.ok(pending);
    await replace();
    const [event] = await storage.audit.list({ accountId: pending.id, limit: 1 });
    const { type, actor: by, detail } = event ?? {};
    assert.deepEqual([type, by, detail], ['account_deleted', actor.by, { reason: 'replaced' }]);
  }
});

test('a sign-up that replaces another one says so in its own event', async (t) => {
  const bench = await openBench(t);
  const { auth, contract, storage } = bench;
  const identifier = email('pending@example.com');
  const ids: (string | undefined)[] = [];
  for (let times = 0; times < 2; times += 1) {
    const permit = await bench.permit('message');
    await auth.signUp({ contract, permit, identifier, password: PASSWORD, delivery: bench.code });
    ids.push((await storage.accounts.findByIdentifier(identifier))?.id);
  }
  const [event] = await storage.audit.list({ type: 'account_created', limit: 1 });
  assert.deepEqual([event?.accountId, event?.detail], [ids[1], { replaced: ids[0] }]);
});

describe('an operator who vouches for the address of a sign-up that another one competed with', () => {
  test('activates it without a password, and says so in the trail', async (t) => {
    const bench = await openBench(t);
    const { admin, auth, contract, storage } = bench;
    const identifier = email('pending@example.com');
    for (const [subnet, password] of [
      ['192.0.2.0', PASSWORD],
      ['198.51.100.0', 'another fine passphrase'],
    ] as const) {
      const permit = await bench.permit('message', clientIn(subnet));
      await auth.signUp({ contract, permit, identifier, password, delivery: bench.code });
    }
    const account = await storage.accounts.findByIdentifier(identifier);
    assert.ok(account);
    assert.equal(await admin.verifyIdentifier({ actor, account, kind: 'email' }), 'verified');
    assert.equal(await storage.passwords.find(account.id), undefined);
    const [event] = await storage.audit.list({ type: 'password_dropped', limit: 1 });
    assert.deepEqual([event?.accountId, event?.actor], [account.id, actor.by]);
  });
});

describe('an operator who sends a sign-up’s message again', () => {
  test('invalidates the earlier code, and the new one confirms the sign-up', async (t) => {
    const bench = await openBench(t);
    const { admin, auth, contract, storage } = bench;
    const identifier = email('pending@example.com');
    const permit = await bench.permit('message');
    await auth.signUp({ contract, permit, identifier, password: PASSWORD, delivery: bench.code });
    const former = await bench.secretFor(identifier.value);
    const account = await storage.accounts.findByIdentifier(identifier);
    assert.ok(account);
    const resend = { actor, account, contract, form: 'code', link: () => () => '' } as const;
    assert.equal(await admin.resendSignUpFor(resend), 'sent');
    const code = await bench.secretFor(identifier.value);
    const confirm = await bench.permit('confirm');
    if (former !== code)
      await assert.rejects(auth.confirmSignUp({ contract, permit: confirm, identifier, code: former }), {
        code: 'code_invalid',
      });
    await auth.confirmSignUp({ contract, permit: confirm, identifier, code });
    assert.equal(await admin.resendSignUpFor(resend), 'not_pending');
    assert.deepEqual(await bench.messages(), []);
  });

  test('invalidates an earlier code also when a link is sent', async (t) => {
    const bench = await openBench(t);
    const { admin, auth, contract, storage } = bench;
    const identifier = email('pending@example.com');
    const permit = await bench.permit('message');
    await auth.signUp({ contract, permit, identifier, password: PASSWORD, delivery: bench.code });
    const code = await bench.secretFor(identifier.value);
    const account = await storage.accounts.findByIdentifier(identifier);
    assert.ok(account);
    await admin.resendSignUpFor({ actor, account, contract, form: 'link', link: () => (token) => token });
    const confirm = await bench.permit('confirm');
    const late = auth.confirmSignUp({ contract, permit: confirm, identifier, code });
    await assert.rejects(late, { code: 'code_invalid' });
  });
});
