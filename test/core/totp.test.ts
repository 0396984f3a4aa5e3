import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ContractPolicy } from '../../src/core/contract-policy.ts';
import { totpAt } from '../../src/crypto/totp.ts';
import { operator } from '../support/operator.ts';
import { email, MINUTE, openBench, pausing } from './bench.ts';

const PASSWORD = 'a fine long passphrase';
const ALICE = 'alice@example.com';

/** Somebody with TOTP, and a contract that demands it. */
async function openTotpBench(t: TestContext, env: Record<string, string> = {}) {
  const bench = await openBench(t, { env });
  const account = await bench.createAccount(ALICE, PASSWORD);
  const { secret } = await bench.admin.enrollTotp({ actor: operator, account });
  const contract: ContractPolicy = { ...bench.contract, requirements: ['enabled', 'verified', 'totp'] };
  const code = (offset = 0) => totpAt(secret, bench.clock.now() + offset);
  const signIn = async (totp?: string) =>
    bench.auth.signIn({
      contract,
      permit: await bench.permit('sign_in'),
      identifier: email(ALICE),
      password: PASSWORD,
      ...(totp !== undefined && { totp }),
    });
  /** Six digits that no step near now has. */
  const wrong = () => {
    const good = new Set([-2, -1, 0, 1, 2].map((step) => code(step * 30_000)));
    return ['000000', '000001', '000002', '000003', '000004', '000005'].find((each) => !good.has(each)) ?? '';
  };
  return { ...bench, account, secret, contract, totp: code, wrong, signInWith: signIn };
}

const refuses = (code: string) => ({ name: 'AuthError', code });

test('a contract that demands TOTP opens by password and code, and by nothing less', async (t) => {
  const bench = await openTotpBench(t);
  const { auth, contract } = bench;
  await assert.rejects(bench.signInWith(), refuses('credentials_invalid'));
  await assert.rejects(bench.signInWith(bench.wrong()), refuses('credentials_invalid'));
  const { access } = await bench.signInWith(bench.totp());
  await assert.rejects(auth.authenticate({ contract, token: access }), refuses('totp_invalid'));
  assert.equal(
    (await auth.authenticate({ contract, token: access, totp: bench.totp() })).account.email,
    ALICE,
  );
});

// SEC-029
test('a one-time code opens no contract that demands TOTP, nor does a link that becomes one', async (t) => {
  const bench = await openTotpBench(t);
  const { auth, contract } = bench;
  const identifier = email(ALICE);
  for (const delivery of [bench.code, bench.link]) {
    await auth.requestSignIn({ contract, permit: await bench.permit('message'), identifier, delivery });
    const code = await bench.secretFor(ALICE);
    const answer = { contract, permit: await bench.permit('confirm'), identifier, code };
    await assert.rejects(auth.confirmSignIn(answer), refuses('code_invalid'));
    await assert.rejects(auth.approveSignIn(answer), refuses('code_invalid'));
  }
  assert.deepEqual(await bench.storage.sessions.list(bench.account.id), []);
});

// SEC-036
test('of guesses beside a token that come together five are evaluated', async (t) => {
  const bench = await openTotpBench(t);
  const { auth, contract } = bench;
  const { access: token } = await bench.signInWith(bench.totp());
  const ask = (totp: string) =>
    auth.authenticate({ contract, token, totp }).then(
      () => 'in',
      (error: { code: string }) => error.code,
    );
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(bench.wrong())));
  // In no certain order: on PostgreSQL each reads the session on a connection of its own.
  assert.equal(answers.filter((answer) => answer === 'totp_invalid').length, 5);
  assert.equal(answers.filter((answer) => answer === 'token_invalid').length, 15);
  assert.equal(await ask(bench.totp()), 'token_invalid');
});

// SEC-028
test('the first proof of a mailbox drops the password, and leaves TOTP', async (t) => {
  const bench = await openBench(t);
  const { admin, auth, contract } = bench;
  const identifier = email(ALICE);
  const account = await admin.createAccount({ actor: operator, email: identifier, password: PASSWORD });
  await admin.enrollTotp({ actor: operator, account });
  await auth.requestSignIn({
    contract,
    permit: await bench.permit('message'),
    identifier,
    delivery: bench.code,
  });
  const code = await bench.secretFor(ALICE);
  await auth.confirmSignIn({ contract, permit: await bench.permit('confirm'), identifier, code });
  assert.equal(await bench.storage.passwords.find(account.id), undefined);
  assert.notEqual(await bench.storage.totp.find(account.id), undefined);
});

// SEC-029
test('a recovery neither takes TOTP away nor signs in', async (t) => {
  const bench = await openTotpBench(t);
  const { auth, contract } = bench;
  const identifier = email(ALICE);
  await auth.requestRecovery({
    contract,
    permit: await bench.permit('message'),
    identifier,
    delivery: bench.code,
  });
  const code = await bench.secretFor(ALICE);
  const answer = { contract, permit: await bench.permit('confirm'), identifier, code };
  await auth.confirmRecovery({ ...answer, newPassword: PASSWORD });
  await assert.rejects(bench.signInWith(), refuses('credentials_invalid'));
  await bench.signInWith(bench.totp());
});

// SEC-011
test('an attempt that fails for another reason than a guess spends the code, and counts nothing', async (t) => {
  const bench = await openTotpBench(t);
  await bench.admin.disableAccount({ actor: operator, account: bench.account });
  for (let attempt = 0; attempt < 7; attempt += 1) {
    await assert.rejects(bench.signInWith(bench.totp()), refuses('account_disabled'));
    bench.clock.advance(MINUTE / 2);
  }
  const used = bench.totp();
  await assert.rejects(bench.signInWith(used), refuses('account_disabled'));
  await assert.rejects(bench.signInWith(used), refuses('credentials_invalid'));
});

test('what enrols and removes is in the trail, and a secret is told to nobody twice', async (t) => {
  const bench = await openTotpBench(t);
  await bench.admin.removeTotp({ actor: operator, account: bench.account });
  assert.equal(await bench.admin.removeTotp({ actor: operator, account: bench.account }), false);
  const events = await bench.storage.audit.list({ accountId: bench.account.id, limit: 10 });
  assert.deepEqual(
    events.map(({ type }) => type),
    ['totp_removed', 'totp_enrolled', 'account_created'],
  );
  assert.equal(JSON.stringify(events).includes(bench.secret), false);
});

test('an account that is gone gets no secret', async (t) => {
  const bench = await openTotpBench(t);
  await bench.admin.deleteAccount({ actor: operator, account: bench.account });
  await assert.rejects(
    bench.admin.enrollTotp({ actor: operator, account: bench.account }),
    refuses('account_gone'),
  );
});

// SEC-062
test('a sign-in whose code was right when TOTP changed opens no session', async (t) => {
  const bench = await openTotpBench(t);
  const { auth, reached, resume } = pausing(bench.core, { transaction: 1 });
  const entering = auth.signIn({
    contract: bench.contract,
    permit: await bench.permit('sign_in'),
    identifier: email(ALICE),
    password: PASSWORD,
    totp: bench.totp(),
  });
  // The code is spent, the session not opened yet.
  await reached;
  await bench.admin.removeTotp({ actor: operator, account: bench.account });
  resume();
  await assert.rejects(entering, refuses('credentials_invalid'));
  assert.deepEqual(await bench.storage.sessions.list(bench.account.id), []);
});
