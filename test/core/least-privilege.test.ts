import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Contract, type ContractContext, contracts } from '../../src/contracts/index.ts';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { tokenFactories } from '../../src/core/session/index.ts';
import { createKeyRing } from '../../src/crypto/keys.ts';
import { operator } from '../support/operator.ts';
import { startTestServer } from '../support/server.ts';
import { openBench } from './bench.ts';

const PRIVATE_KEY = '3f1c8e5b7a9d4260b1e0c7d85a2f9e34';
const SECRET = 'wA3kq9Zt7RbLx2VnE5yHs8PdJm4GcF6uTo1iXK0Q';

/** Every value that can be reached from one by its properties and those of its prototypes, with the way there. */
function reachable(value: unknown, way = 'context', seen = new Map<unknown, string>()): Map<unknown, string> {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  if (isObject && seen.has(value)) return seen;
  seen.set(isObject ? value : `${way}=${String(value)}`, way);
  if (!isObject || value === Function.prototype || value === Object.prototype) return seen;
  for (const name of Reflect.ownKeys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    if (property !== undefined && 'value' in property)
      reachable(property.value, `${way}.${String(name)}`, seen);
  }
  return reachable(Object.getPrototypeOf(value), `${way}.prototype`, seen);
}

const policyWith = ({ tokens }: ContractContext) => ({
  disclosesExistence: false,
  requirements: [],
  passwordPolicy: { minLength: 8 },
  challengeMs: { code: 0, link: 0 },
  tokens: tokens.opaque({ accessMs: 1_000, refreshMs: 0 }),
  sessionMs: 1_000,
});

describe('a contract', () => {
  test('is lent the flows that it lists, and reaches no key, no storage and no secret of the server', async (t) => {
    let lent: ContractContext | undefined;
    const probe: Contract = {
      name: 'probe',
      settings: {},
      flows: ['signIn', 'authenticate', 'findAccount'],
      async mounts(context) {
        lent = context;
        return [];
      },
    };
    const server = await startTestServer({
      contracts: [...contracts, probe],
      env: { LATCHKEY_SECRET: SECRET, LATCHKEY_PRIVATE_KEYS: `billing:${PRIVATE_KEY}` },
    });
    t.after(() => server.stop());
    assert.ok(lent !== undefined);
    assert.deepEqual(Object.keys(lent).toSorted(), [
      'appUrl',
      'canCarry',
      'clock',
      'createAuth',
      'enumeration',
      'environment',
      'health',
      'operators',
      'productName',
      'publicUrl',
      'throttle',
      'tokens',
      'version',
    ]);
    assert.deepEqual(Object.keys(lent.createAuth(policyWith(lent))), ['signIn', 'authenticate', 'contract']);
    assert.deepEqual(Object.keys(lent.operators?.admin ?? {}), ['findAccount']);
    assert.deepEqual(Object.keys(lent.tokens), ['jwt', 'jwtWithOpaqueRefresh', 'opaque']);
    assert.equal(lent.operators?.trustedSystems.nameOf(PRIVATE_KEY), 'billing');
    const { app } = server;
    for (const [value, way] of reachable(lent)) {
      assert.ok(value !== app.storage && value !== app.core && value !== app.keys, way);
      assert.ok(!(value instanceof Uint8Array), way);
      if (typeof value !== 'string') continue;
      for (const secret of [SECRET, PRIVATE_KEY]) assert.ok(!value.includes(secret), way);
    }
  });

  test('acts in its own name, whatever name it gives', async (t) => {
    const lent = new Map<string, ContractContext>();
    const probe = (name: string, flows: Contract['flows']): Contract => ({
      name,
      settings: {},
      flows,
      async mounts(context) {
        lent.set(name, context);
        return [];
      },
    });
    const server = await startTestServer({
      contracts: [probe('plain', ['signIn']), probe('managing', ['signIn', 'createAccount'])],
    });
    t.after(() => server.stop());
    const { admin, throttle } = server.app;
    assert.equal(lent.get('plain')?.operators, undefined);
    const context = lent.get('managing');
    assert.ok(context?.operators);

    const actor = { by: 'key:billing', address: '192.0.2.7', door: 'fabric' } as const;
    const identifier = parseIdentifier('email', 'ada@example.com');
    const password = 'a long passphrase';
    const account = await context.operators.admin.createAccount({ actor, email: identifier, password });
    const named = { name: 'fabric', contract: { name: 'fabric' } };
    const auth = context.createAuth({ ...policyWith(context), ...named });
    const client = { address: '192.0.2.7', network: '192.0.2.7', subnet: '192.0.2.0' };
    const counted = await throttle.permitAddress('sign_in', client);
    const permit = await throttle.permitIdentifier(counted, { purpose: 'sign_in', identifier });
    await auth.signIn({ permit, identifier, password, ...named });

    const [session] = await admin.listSessions({ account });
    assert.equal(session?.contract, 'managing');
    const events = await admin.listAuditEvents({ limit: 10 });
    assert.deepEqual(
      events.map(({ type, door }) => [type, door]),
      [
        ['sign_in_succeeded', 'managing'],
        ['account_created', 'managing'],
      ],
    );
  });

  test('is told of a request its session and its account, and nothing else', async (t) => {
    const bench = await openBench(t);
    const { admin, auth, contract, storage } = bench;
    const account = await admin.createAccount({
      actor: operator,
      email: parseIdentifier('email', 'ada@example.com'),
      password: 'a long passphrase',
      isVerified: true,
    });
    await admin.enrollTotp({ actor: operator, account });
    const { access } = await auth.signIn({
      contract,
      permit: await bench.permit('sign_in'),
      identifier: parseIdentifier('email', 'ada@example.com'),
      password: 'a long passphrase',
    });
    const live = await auth.authenticate({ contract, token: access });
    assert.deepEqual(Object.keys(live), ['session', 'account']);
    assert.notEqual(await storage.totp.find(account.id), undefined);
    for (const [value, way] of reachable(live)) assert.ok(!(value instanceof Uint8Array), way);
  });

  test('makes tokens that no other contract takes, and no two contracts have one name', async () => {
    const keys = createKeyRing(Buffer.alloc(32, 1));
    const lend = tokenFactories({ issuer: 'https://auth.example', keys });
    const [one, other] = [lend('one'), lend('other')];
    const grant = {
      accountId: 'a',
      sessionId: 's',
      handle: Buffer.alloc(32, 2),
      issuedAt: 0,
      sessionExpiresAt: 1_000_000,
    };
    const jwt = {
      accessMs: 60_000,
      refreshMs: 60_000,
      contractClaims: () => ({ aud: 'other', iss: 'else' }),
    };
    for (const kind of ['jwt', 'jwtWithOpaqueRefresh'] as const) {
      const [own, foreign] = [await one[kind](jwt), await other[kind](jwt)];
      const { access, refresh = '' } = await own.write(grant);
      assert.equal((await own.readAccess(access, 0)).sessionId, 's');
      assert.deepEqual(await own.readRefresh(refresh, 0), grant.handle);
      await assert.rejects(foreign.readAccess(access, 0), { code: 'token_invalid' });
      await assert.rejects(foreign.readRefresh(refresh, 0), { code: 'token_invalid' });
    }
    const opaque = { accessMs: 60_000, refreshMs: 60_000 };
    const written = await one.opaque(opaque).write(grant);
    assert.notEqual((await other.opaque(opaque).write(grant)).access, written.access);
    // What a contract says of its name and keys is not heard.
    const pretending = {
      ...opaque,
      contract: 'other',
      issuer: 'x',
      keys: createKeyRing(Buffer.alloc(32, 9)),
    };
    assert.deepEqual(await one.opaque(pretending).write(grant), written);
    assert.throws(() => lend('one'), /two contracts are called one/);
  });
});
