import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { bind } from '../../src/core/bind.ts';
import type { Core } from '../../src/core/core.ts';
import { AuthError, type AuthErrorCode } from '../../src/core/errors.ts';
import { openBench } from './bench.ts';

/** A throw-away flow that declares `account_gone` alone, and what is logged as an error while it runs. */
async function raising(t: TestContext) {
  const { core } = await openBench(t);
  const logged: object[] = [];
  const error = (fields: object) => logged.push(fields);
  async function raise(_core: Core, { code }: { readonly code: AuthErrorCode; readonly accountId: string }) {
    throw new AuthError(code);
  }
  raise.errors = ['account_gone'] as const;
  const { raise: bound } = bind({ ...core, log: { ...core.log, error } }, { raise });
  return { logged, raise: (code: AuthErrorCode) => bound({ code, accountId: 'a' }) };
}

test('an error that a flow does not declare is logged as a bug, and still reaches the client', async (t) => {
  const { raise, logged } = await raising(t);
  await assert.rejects(raise('password_weak'), { code: 'password_weak', accountId: 'a' });
  const [entry] = logged;
  assert.partialDeepStrictEqual(entry, {
    event: 'undeclared_error',
    flow: 'raise',
    refusal: 'password_weak',
  });
});

test('an error that a flow declares is no bug, and neither is a database that does not answer', async (t) => {
  const { raise, logged } = await raising(t);
  await assert.rejects(raise('account_gone'), { code: 'account_gone' });
  await assert.rejects(raise('storage_unavailable'), { code: 'storage_unavailable' });
  assert.deepEqual(logged, []);
});
