import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operator } from '../support/operator.ts';
import { email, openBench } from './bench.ts';

const ADDRESS = 'alice@example.com';
const PASSWORD = 'correct horse battery';

// SEC-065
test('who signs up with a deleted account’s address is somebody else, to whom nothing old belongs', async (t) => {
  const bench = await openBench(t);
  const { admin, auth, contract } = bench;
  const identifier = email(ADDRESS);
  const first = await bench.createAccount(ADDRESS, PASSWORD);
  const before = await bench.signIn(ADDRESS, PASSWORD);
  await auth.requestSignIn({
    contract,
    permit: await bench.permit('message'),
    identifier,
    delivery: bench.code,
  });
  const code = await bench.secretFor(ADDRESS);
  await assert.rejects(bench.signIn(ADDRESS, 'not the password'), { code: 'credentials_invalid' });
  await admin.deleteAccount({ actor: operator, account: first });

  const second = await bench.createAccount(ADDRESS, 'another person’s own');
  assert.notEqual(second.id, first.id);
  assert.ok(second.number > first.number);
  await assert.rejects(bench.authenticate(before.access), { code: 'account_gone' });
  const { refresh: token = '' } = before;
  const refreshed = auth.refresh({ contract, permit: await bench.permit('refresh'), token });
  await assert.rejects(refreshed, { code: 'refresh_refused' });
  const confirmed = auth.confirmSignIn({ contract, permit: await bench.permit('confirm'), identifier, code });
  await assert.rejects(confirmed, { code: 'code_invalid' });
  await assert.rejects(bench.signIn(ADDRESS, PASSWORD), { code: 'credentials_invalid' });
  await bench.signIn(ADDRESS, 'another person’s own');
  assert.deepEqual(
    (await bench.storage.audit.list({ accountId: first.id, limit: 1 })).map(({ type }) => type),
    ['account_deleted'],
  );
});

// SEC-065
test('an account that is enabled again has its password and nothing else back', async (t) => {
  const bench = await openBench(t);
  const { admin, auth, contract } = bench;
  const identifier = email(ADDRESS);
  const account = await bench.createAccount(ADDRESS, PASSWORD);
  const { access, refresh: token = '' } = await bench.signIn(ADDRESS, PASSWORD);
  await auth.requestRecovery({
    contract,
    permit: await bench.permit('message'),
    identifier,
    delivery: bench.link,
  });
  const code = await bench.secretFor(ADDRESS);
  await admin.disableAccount({ actor: operator, account });
  await assert.rejects(bench.signIn(ADDRESS, PASSWORD), { code: 'account_disabled' });
  await admin.enableAccount({ actor: operator, account });
  await assert.rejects(bench.authenticate(access), { code: 'token_invalid' });
  const refreshed = auth.refresh({ contract, permit: await bench.permit('refresh'), token });
  await assert.rejects(refreshed, { code: 'refresh_refused' });
  const permit = await bench.permit('confirm');
  const recovered = auth.confirmRecovery({
    contract,
    permit,
    identifier,
    code,
    newPassword: 'staple of the new age',
  });
  await assert.rejects(recovered, { code: 'code_invalid' });
  await bench.signIn(ADDRESS, PASSWORD);
});

// SEC-085
test('locking one login locks no other', async (t) => {
  const bench = await openBench(t);
  await bench.createAccount('alice@example.com', PASSWORD);
  await bench.createAccount('bob@example.com', PASSWORD);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await assert.rejects(bench.signIn('alice@example.com', 'not the password'), {
      code: 'credentials_invalid',
    });
    await assert.rejects(bench.signIn('nobody@example.com', 'not the password'), {
      code: 'credentials_invalid',
    });
  }
  await assert.rejects(bench.signIn('alice@example.com', PASSWORD), { code: 'account_locked' });
  // SEC-007: a stranger’s name locks as an owner’s does.
  await assert.rejects(bench.signIn('nobody@example.com', PASSWORD), { code: 'account_locked' });
  await bench.signIn('bob@example.com', PASSWORD);
});
