import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AuthErrorCode } from '../../src/core/errors.ts';
import { operator as actor } from '../support/operator.ts';
import { type Bench, email, MINUTE, openBench } from './bench.ts';

const ADDRESS = 'alice@example.com';
const identifier = email(ADDRESS);
const PASSWORD = 'correct horse battery';
const COMMON_PASSWORD = 'password123';

async function answerTo(bench: Bench, what: 'requestSignIn' | 'requestRecovery') {
  const { auth, contract, permit, code: delivery } = bench;
  await auth[what]({ contract, permit: await permit('message'), identifier, delivery });
  return { contract, permit: await permit('confirm'), identifier, code: await bench.secretFor(ADDRESS) };
}

const wrong = (code: string) => (code === '000000' ? '000001' : '000000');

/** Refusals of requests that name an account by a password, a token, a code or an address. */
const refusals: Record<string, { code: AuthErrorCode; run(bench: Bench): Promise<unknown> }> = {
  'a wrong password': {
    code: 'credentials_invalid',
    run: (bench) => bench.signIn(ADDRESS, 'not the password'),
  },
  'a locked account': {
    code: 'account_locked',
    async run(bench) {
      for (let guess = 0; guess < 5; guess += 1) await bench.signIn(ADDRESS, 'wrong').catch(() => {});
      await bench.signIn(ADDRESS, PASSWORD);
    },
  },
  'a wrong current password': {
    code: 'password_incorrect',
    async run(bench) {
      const { access } = await bench.signIn(ADDRESS, PASSWORD);
      const live = await bench.authenticate(access);
      const { contract } = bench;
      const passwords = { currentPassword: 'not the password', newPassword: 'another fine one' };
      await bench.auth.changePassword({
        contract,
        permit: await bench.permit('sign_in'),
        live,
        ...passwords,
      });
    },
  },
  'a token whose session has ended': {
    code: 'token_invalid',
    async run(bench) {
      const { access } = await bench.signIn(ADDRESS, PASSWORD);
      const account = await accountOf(bench);
      await bench.admin.revokeSessions({ actor, account });
      await bench.authenticate(access);
    },
  },
  'a refresh token that was used twice': {
    code: 'refresh_refused',
    async run({ auth, contract, permit, signIn, clock }) {
      const { refresh: token = '' } = await signIn(ADDRESS, PASSWORD);
      const exchange = async () => auth.refresh({ contract, permit: await permit('refresh'), token });
      await exchange();
      clock.advance(MINUTE);
      await exchange();
    },
  },
  'a wrong code': {
    code: 'code_invalid',
    async run(bench) {
      const answer = await answerTo(bench, 'requestSignIn');
      await bench.auth.confirmSignIn({ ...answer, code: wrong(answer.code) });
    },
  },
  'a code of a disabled account': {
    code: 'account_disabled',
    async run(bench) {
      const answer = await answerTo(bench, 'requestSignIn');
      const { id } = await accountOf(bench);
      // Past the flow, which would invalidate the code.
      await bench.storage.accounts.setDisabled(id, 1);
      await bench.auth.confirmSignIn(answer);
    },
  },
  'an expired code': {
    code: 'code_expired',
    async run(bench) {
      const answer = await answerTo(bench, 'requestSignIn');
      bench.clock.advance(4 * MINUTE);
      await bench.auth.confirmSignIn({
        ...answer,
        contract: { ...bench.contract, disclosesExistence: true },
      });
    },
  },
  'a weak new password with a right code': {
    code: 'password_weak',
    async run(bench) {
      const { identifier: _, ...answer } = await answerTo(bench, 'requestRecovery');
      const link = await linkOf(bench);
      await bench.auth.confirmRecovery({ ...answer, code: link, newPassword: COMMON_PASSWORD });
    },
  },
  'a second sign-up message for a verified account': {
    code: 'already_verified',
    async run({ auth, contract, permit, code: delivery }) {
      const open = { ...contract, disclosesExistence: true };
      await auth.resendSignUp({ contract: open, permit: await permit('message'), identifier, delivery });
    },
  },
};

async function accountOf({ storage }: Bench) {
  const account = await storage.accounts.findByIdentifier(identifier);
  assert.ok(account);
  return account;
}

async function linkOf(bench: Bench) {
  const { auth, contract, permit, link: delivery } = bench;
  await auth.requestRecovery({ contract, permit: await permit('message'), identifier, delivery });
  return bench.secretFor(ADDRESS);
}

describe('a refusal names the account that it is about, for the log', () => {
  for (const [name, { code, run }] of Object.entries(refusals)) {
    test(name, async (t) => {
      const bench = await openBench(t);
      const { id: accountId } = await bench.createAccount(ADDRESS, PASSWORD);
      await assert.rejects(run(bench), { code, accountId });
    });
  }
});

test('a refusal about nobody’s identifier names no account', async (t) => {
  const bench = await openBench(t);
  await assert.rejects(bench.signIn(ADDRESS, PASSWORD), {
    code: 'credentials_invalid',
    accountId: undefined,
  });
});
