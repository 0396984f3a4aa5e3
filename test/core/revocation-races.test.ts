import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Account } from '../../src/core/account/index.ts';
import type { Auth } from '../../src/core/auth.ts';
import { AuthError } from '../../src/core/errors.ts';
import type { AuthenticatedSession, IssuedTokens } from '../../src/core/session/index.ts';
import { operator } from '../support/operator.ts';
import { type Bench, email, openBench, pausing } from './bench.ts';

const ADDRESS = 'alice@example.com';
const identifier = email(ADDRESS);
const PASSWORD = 'correct horse battery';
const NEW_PASSWORD = 'staple of the new age';

/** Somebody with a session of before, and a code for each purpose under way. */
async function scene(t: TestContext) {
  const bench = await openBench(t);
  const account = await bench.createAccount(ADDRESS, PASSWORD);
  const before = await bench.signIn(ADDRESS, PASSWORD);
  return { bench, account, before };
}

async function codeFor(
  { contract, auth, permit, code, secretFor }: Bench,
  what: 'requestSignIn' | 'requestRecovery',
) {
  await auth[what]({ contract, permit: await permit('message'), identifier, delivery: code });
  return secretFor(ADDRESS);
}

/** What ends every session of the account, as somebody else does it. */
const events = {
  'an operator sets the password': ({ admin, contract }: Bench, account: Account) =>
    admin.setPassword({
      actor: operator,
      account,
      password: NEW_PASSWORD,
      passwordPolicy: contract.passwordPolicy,
    }),
  'an operator disables the account': ({ admin }: Bench, account: Account) =>
    admin.disableAccount({ actor: operator, account }),
  'an operator revokes the sessions': ({ admin }: Bench, account: Account) =>
    admin.revokeSessions({ actor: operator, account }),
  'the account is deleted': ({ admin }: Bench, account: Account) =>
    admin.deleteAccount({ actor: operator, account }),
  'the password is recovered': async (bench: Bench) => {
    const code = await codeFor(bench, 'requestRecovery');
    const { contract, auth } = bench;
    const permit = await bench.permit('confirm');
    await auth.confirmRecovery({ contract, permit, identifier, code, newPassword: NEW_PASSWORD });
  },
};

type Flow = (auth: Auth, bench: Bench, before: IssuedTokens) => Promise<IssuedTokens>;

/** What makes tokens, up to the step after which nothing is read any more. */
const flows: Record<string, { readonly flow: Flow; readonly lastStep: Parameters<typeof pausing>[1] }> = {
  'a sign-in': {
    lastStep: { transaction: 1 },
    flow: async (auth, { contract, permit }) =>
      auth.signIn({ contract, permit: await permit('sign_in'), identifier, password: PASSWORD }),
  },
  'a sign-in with a code': {
    lastStep: { transaction: 2 },
    flow: async (auth, bench) => {
      const code = await codeFor(bench, 'requestSignIn');
      return auth.confirmSignIn({
        contract: bench.contract,
        permit: await bench.permit('confirm'),
        identifier,
        code,
      });
    },
  },
  'a refresh': {
    lastStep: { exchange: true },
    flow: async (auth, { contract, permit }, { refresh = '' }) =>
      auth.refresh({ contract, permit: await permit('refresh'), token: refresh }),
  },
};

const isRefused = (error: unknown): boolean => {
  assert.ok(error instanceof AuthError, String(error));
  return ['credentials_invalid', 'code_invalid', 'refresh_refused', 'account_disabled'].includes(error.code);
};

const isDead = async ({ authenticate }: Bench, token: string) => {
  await assert.rejects(authenticate(token), (error) => {
    assert.match(String(error), /token_invalid|account_gone/);
    return true;
  });
};

// SEC-062
describe('what began before the event comes to nothing after it', () => {
  for (const [what, { flow, lastStep }] of Object.entries(flows)) {
    for (const [happens, event] of Object.entries(events)) {
      test(`${what}, when ${happens} just before its last step`, async (t) => {
        const { bench, account, before } = await scene(t);
        const slow = pausing(bench.core, lastStep);
        const outcome = flow(slow.auth, bench, before);
        const refused = assert.rejects(outcome, isRefused);
        await slow.reached;
        await event(bench, account);
        slow.resume();
        await refused;
        await isDead(bench, before.access);
        const { refresh: token = '' } = before;
        const again = bench.auth.refresh({
          contract: bench.contract,
          permit: await bench.permit('refresh'),
          token,
        });
        await assert.rejects(again, { code: 'refresh_refused' });
      });
    }
  }

  const ownActs: Record<string, (auth: Auth, bench: Bench, live: AuthenticatedSession) => Promise<unknown>> =
    {
      'a change of the own address': async (auth, { contract, permit }, live) =>
        auth.updateOwnAccount({
          contract,
          permit: await permit('profile'),
          live,
          changes: { email: email('thief@example.com') },
        }),
      'the deletion of the own account': (auth, { client }, live) => auth.deleteOwnAccount({ live, client }),
    };
  for (const [what, act] of Object.entries(ownActs)) {
    test(`${what}, when an operator sets the password just before its last step`, async (t) => {
      const { bench, account, before } = await scene(t);
      const slow = pausing(bench.core, { transaction: 1 });
      const acted = act(slow.auth, bench, await bench.authenticate(before.access));
      const refused = assert.rejects(acted, { code: 'token_invalid' });
      await slow.reached;
      await events['an operator sets the password'](bench, account);
      slow.resume();
      await refused;
      assert.equal((await bench.storage.accounts.findById(account.id))?.email, ADDRESS);
    });
  }

  test('a password change, when the password was set by somebody else just before its last step', async (t) => {
    const { bench, account, before } = await scene(t);
    const slow = pausing(bench.core, { transaction: 1 });
    const { contract } = bench;
    const changed = slow.auth.changePassword({
      contract,
      permit: await bench.permit('sign_in'),
      live: await bench.authenticate(before.access),
      currentPassword: PASSWORD,
      newPassword: 'a thief’s own password',
    });
    const refused = assert.rejects(changed, { code: 'password_incorrect' });
    await slow.reached;
    await events['an operator sets the password'](bench, account);
    slow.resume();
    await refused;
    await bench.signIn(ADDRESS, NEW_PASSWORD);
    await isDead(bench, before.access);
  });

  test('a recovery, when another one was faster', async (t) => {
    const { bench } = await scene(t);
    const code = await codeFor(bench, 'requestRecovery');
    const recovery = { contract: bench.contract, permit: await bench.permit('confirm'), identifier, code };
    const slow = pausing(bench.core, { transaction: 2 });
    const late = slow.auth.confirmRecovery({ ...recovery, newPassword: 'the slower password' });
    const refused = assert.rejects(late, { code: 'code_invalid' });
    await slow.reached;
    await bench.auth.confirmRecovery({ ...recovery, newPassword: NEW_PASSWORD });
    slow.resume();
    await refused;
    await bench.signIn(ADDRESS, NEW_PASSWORD);
  });
});

// SEC-062
test('of a sign-in and a reset at the same time no session of the old password is left', async (t) => {
  const { bench, account } = await scene(t);
  const caught = (error: unknown) => error;
  let refused = 0;
  let ended = 0;
  for (let round = 0; round < 16; round += 1) {
    const [from, to] = round % 2 === 0 ? [PASSWORD, NEW_PASSWORD] : [NEW_PASSWORD, PASSWORD];
    const signIns = Array.from({ length: round % 4 }, () => bench.signIn(ADDRESS, from).catch(caught));
    const { passwordPolicy } = bench.contract;
    const reset = bench.admin.setPassword({ actor: operator, account, password: to, passwordPolicy });
    signIns.push(bench.signIn(ADDRESS, from).catch(caught));
    await reset;
    for (const outcome of await Promise.all(signIns)) {
      if (outcome instanceof Error) {
        assert.ok(isRefused(outcome));
        refused += 1;
      } else {
        await isDead(bench, (outcome as IssuedTokens).access);
        ended += 1;
      }
    }
  }
  const sessions = await bench.storage.sessions.list(account.id);
  assert.deepEqual(new Set(sessions.map(({ endReason }) => endReason)), new Set(['password_reset']));
  t.diagnostic(`${refused} sign-ins were refused, the sessions of ${ended} were ended`);
});

// SEC-061
describe('an address that was given up', () => {
  for (const disclosesExistence of [true, false]) {
    test(`gets no code that was asked for just before, at a contract that ${disclosesExistence ? 'tells' : 'hides'} who is known`, async (t) => {
      const { bench, before } = await scene(t);
      const contract = { ...bench.contract, disclosesExistence };
      const newEmail = email('alice@new.example');
      await bench.auth.requestEmailChange({
        contract: bench.contract,
        permit: await bench.permit('message'),
        live: await bench.authenticate(before.access),
        newEmail,
        currentPassword: PASSWORD,
        delivery: bench.code,
      });
      const code = await bench.secretFor('alice@new.example');
      const slow = pausing(bench.core, { transaction: 1 });
      const permit = await bench.permit('message');
      const asked = slow.auth.requestRecovery({ contract, permit, identifier, delivery: bench.code });
      const answered = disclosesExistence ? assert.rejects(asked, { code: 'identifier_unknown' }) : asked;
      await slow.reached;
      const confirm = { contract: bench.contract, permit: await bench.permit('confirm') };
      await bench.auth.confirmEmailChange({ ...confirm, identifier: newEmail, code });
      slow.resume();
      await answered;
      assert.deepEqual(
        (await bench.messages()).map(({ topic }) => topic),
        ['email_changed'],
      );
    });
  }
});

describe('an account that is deleted in the same moment', () => {
  test('gets no code, and whoever asked hears what strangers hear', async (t) => {
    for (const what of ['requestSignIn', 'requestRecovery', 'resendSignUp'] as const) {
      const { bench, account } = await scene(t);
      const slow = pausing(bench.core, { transaction: 1 });
      const permit = await bench.permit('message');
      const asked = slow.auth[what]({ contract: bench.contract, permit, identifier, delivery: bench.code });
      await slow.reached;
      await bench.admin.deleteAccount({ actor: operator, account });
      slow.resume();
      await asked;
      assert.deepEqual(await bench.messages(), []);
    }
  });

  test('moves to no other address', async (t) => {
    const { bench, account, before } = await scene(t);
    const slow = pausing(bench.core, { transaction: 1 });
    const change = slow.auth.requestEmailChange({
      contract: bench.contract,
      permit: await bench.permit('message'),
      live: await bench.authenticate(before.access),
      newEmail: email('alice@new.example'),
      currentPassword: PASSWORD,
      delivery: bench.code,
    });
    const refused = assert.rejects(change, { code: 'account_gone' });
    await slow.reached;
    await bench.admin.deleteAccount({ actor: operator, account });
    slow.resume();
    await refused;
    assert.deepEqual(await bench.messages(), []);
  });
});
