import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import { contractContexts } from '../../src/app.ts';
import { contractValues } from '../../src/config/index.ts';
import { fabric } from '../../src/contracts/fabric/index.ts';
import type { Account } from '../../src/core/account/index.ts';
import { completeSignIn, methodsOf, type VerifiedFactor } from '../../src/core/authentication/index.ts';
import type { Core } from '../../src/core/core.ts';
import { AuthError } from '../../src/core/errors.ts';
import { operator } from '../support/operator.ts';
import { startTestServer } from '../support/server.ts';
import { send } from '../support/wire.ts';
import { email, MINUTE, openBench } from './bench.ts';

const ALICE = 'alice@example.com';
const PASSWORD = 'a fine long passphrase';
const client = { address: '192.0.2.7', network: '192.0.2.7', subnet: '192.0.2.0' };

/** A factor that no module of Latchkey knows: a device signs a nonce with a key of its own. A nonce works once. */
async function verifyDevice(
  core: Core,
  { account, key, nonce, signature }: { account: Account; key: KeyObject; nonce: string; signature: Buffer },
): Promise<VerifiedFactor> {
  if (!verify(null, Buffer.from(nonce), key, signature)) throw new AuthError('credentials_invalid');
  return {
    invalid: 'credentials_invalid',
    async authenticate(stores) {
      const once = { limit: 1, windowMs: MINUTE };
      const { kind } = await stores.quotas.count(`nonce:${nonce}`, once, core.clock.now());
      if (kind === 'exceeded') throw new AuthError('credentials_invalid', { reason: 'a used nonce' });
      const current = await stores.accounts.findById(account.id);
      if (current === undefined)
        throw new AuthError('credentials_invalid', { reason: 'the account is gone' });
      return { account: current, methods: ['swk'], at: core.clock.now() };
    },
  };
}

/** A device that has signed a nonce, and the check of it. */
function deviceOf(core: Core, account: Account) {
  const { privateKey, publicKey: key } = generateKeyPairSync('ed25519');
  return (nonce: string) =>
    verifyDevice(core, { account, key, nonce, signature: sign(null, Buffer.from(nonce), privateKey) });
}

test('a factor that no contract knows signs in at a contract, with tokens in the contract’s format', async (t) => {
  const server = await startTestServer({ env: { LATCHKEY_CONTRACTS: 'fabric' } });
  t.after(() => server.stop());
  const { app, url } = server;
  const { admin, core, config, storage } = app;
  const account = await admin.createAccount({ actor: operator, email: email(ALICE), isVerified: true });
  const messages = await fabric.signUpMessages?.(
    contractContexts(app)(fabric),
    contractValues(config, fabric),
  );
  assert.ok(messages);
  const { contract } = messages;

  const verified = await deviceOf(core, account)('nonce');
  const { access, refresh } = await completeSignIn(core, verified, { contract, client });

  const me = await send(`${url}/api/v1/me`, { bearer: access });
  assert.deepEqual([me.status, me.body.email], [200, ALICE]);
  const refreshed = await send(`${url}/api/v1/auth/token/refresh`, { json: { refresh } });
  assert.equal(refreshed.status, 200);
  const [session] = await storage.sessions.list(account.id);
  const at = server.clock.now();
  assert.deepEqual(
    [session?.contract, session?.methods, session?.authenticatedAt, session?.address],
    ['fabric', ['swk'], at, client.address],
  );
  const [event] = await storage.audit.list({ type: 'sign_in_succeeded', limit: 1 });
  assert.deepEqual(
    [event?.accountId, event?.sessionId, event?.door, event?.detail],
    [account.id, session?.id, 'fabric', { amr: 'swk' }],
  );
});

describe('a sign-in, whatever its factor', () => {
  test('is refused to an account that is disabled, unverified or pending, also where the contract asks for nothing', async (t) => {
    const bench = await openBench(t);
    const { admin, auth, core, storage } = bench;
    const bare = { ...bench.contract, requirements: [] };
    const disabled = await bench.createAccount(ALICE);
    await admin.disableAccount({ actor: operator, account: disabled });
    const unverified = await admin.createAccount({ actor: operator, email: email('u@example.com') });
    const identifier = email('p@example.com');
    const permit = await bench.permit('message');
    await auth.signUp({
      contract: bench.contract,
      permit,
      identifier,
      password: PASSWORD,
      delivery: bench.code,
    });
    const pending = await storage.accounts.findByIdentifier(identifier);
    assert.ok(pending);
    for (const [account, contract, code] of [
      [disabled, bench.contract, 'account_disabled'],
      [disabled, bare, 'account_disabled'],
      [unverified, bench.contract, 'account_unverified'],
      [pending, bench.contract, 'account_unverified'],
      [pending, bare, 'credentials_invalid'],
    ] as const) {
      const verified = await deviceOf(core, account)(`${code} ${contract.requirements}`);
      await assert.rejects(completeSignIn(core, verified, { contract, client }), { code });
      assert.deepEqual(await storage.sessions.list(account.id), []);
    }
  });

  // SEC-029
  test('is refused with one factor where TOTP is required: by the contract, or by the operator of an account that has it', async (t) => {
    for (const requireTotp of ['off', 'enrolled']) {
      const bench = await openBench(t, { env: { LATCHKEY_REQUIRE_TOTP: requireTotp } });
      const { admin, core, contract } = bench;
      const demanding = { ...contract, requirements: ['enabled', 'totp'] } as const;
      const account = await bench.createAccount(ALICE);
      const device = deviceOf(core, account);
      const enter = async (at: typeof contract, nonce: string) =>
        completeSignIn(core, await device(nonce), { contract: at, client });
      await enter(contract, 'first');
      await assert.rejects(enter(demanding, 'second'), { code: 'account_unverified' });
      await admin.enrollTotp({ actor: operator, account });
      await assert.rejects(enter(demanding, 'third'), { code: 'credentials_invalid' });
      if (requireTotp === 'off') await enter(contract, 'fourth');
      else await assert.rejects(enter(contract, 'fourth'), { code: 'credentials_invalid' });
    }
  });

  // SEC-020
  test('uses its evidence once, also when it comes ten times at the same moment', async (t) => {
    const bench = await openBench(t);
    const { core, contract, storage } = bench;
    const account = await bench.createAccount(ALICE);
    const device = deviceOf(core, account);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, async () =>
        completeSignIn(core, await device('the same'), { contract, client }),
      ),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await storage.sessions.list(account.id)).length, 1);
  });

  // SEC-062
  test('opens no session when the account changed after its factor was verified', async (t) => {
    const bench = await openBench(t);
    const { admin, core, contract, storage } = bench;
    const account = await bench.createAccount(ALICE);
    const stale: VerifiedFactor = {
      invalid: 'credentials_invalid',
      authenticate: async () => ({ account, methods: ['swk'], at: core.clock.now() }),
    };
    await admin.revokeSessions({ actor: operator, account });
    await assert.rejects(completeSignIn(core, stale, { contract, client }), { code: 'credentials_invalid' });
    assert.deepEqual(await storage.sessions.list(account.id), []);
  });
});

test('a session keeps how its account signed in: by password, with TOTP, or by a code by e-mail or SMS', async (t) => {
  const bench = await openBench(t);
  const { auth, contract, storage } = bench;
  const account = await bench.createAccount(ALICE, PASSWORD);
  await bench.signIn(ALICE, PASSWORD);
  bench.clock.advance(1);
  const identifier = email(ALICE);
  await auth.requestSignIn({
    contract,
    permit: await bench.permit('message'),
    identifier,
    delivery: bench.code,
  });
  const code = await bench.secretFor(ALICE);
  await auth.confirmSignIn({ contract, permit: await bench.permit('confirm'), identifier, code });
  const sessions = await storage.sessions.list(account.id);
  assert.deepEqual(
    sessions.map(({ methods, authenticatedAt, createdAt }) => [methods, authenticatedAt === createdAt]),
    [
      [['otp'], true],
      [['pwd'], true],
    ],
  );
  assert.deepEqual(methodsOf('password', 'totp'), ['pwd', 'otp', 'mfa']);
  assert.deepEqual(methodsOf('sms'), ['sms']);
});
