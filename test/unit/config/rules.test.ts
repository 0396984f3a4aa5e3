import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { contracts } from '../../../src/contracts/index.ts';
import { GOOD_SECRET, load, production, refusal, refusedNames } from './load.ts';

const KEY = '7f3a9c1e5b8d2046e1a7c3f9';

function without(name: keyof typeof production): Record<string, string> {
  return Object.fromEntries(Object.entries(production).filter(([other]) => other !== name));
}

test('production starts with a secret and a public https URL, and a complete one has no warnings', () => {
  assert.deepEqual(load(production).warnings, []);
});

test('production requires its secret and its public URL', () => {
  const { mistakes } = refusal({ LATCHKEY_ENVIRONMENT: 'production' });
  assert.deepEqual(
    mistakes.map(({ name }) => name),
    ['LATCHKEY_SECRET', 'LATCHKEY_PUBLIC_URL'],
  );
});

test('a secret that is given but bad is told once, not also as missing', () => {
  assert.deepEqual(refusedNames({ ...production, LATCHKEY_SECRET: 'short' }), ['LATCHKEY_SECRET']);
});

for (const name of ['LATCHKEY_PUBLIC_URL', 'LATCHKEY_APP_URL']) {
  test(`production refuses ${name} over http, except to this machine`, () => {
    assert.deepEqual(refusedNames({ ...production, [name]: 'http://auth.example.com' }), [name]);
    for (const local of ['http://localhost:8000', 'http://127.0.0.1:8000', 'http://[::1]:8000']) {
      load({ ...production, [name]: local });
    }
  });
}

test('development may use http anywhere', () => {
  assert.equal(load({ LATCHKEY_PUBLIC_URL: 'http://auth.test' }).publicUrl, 'http://auth.test');
});

test('production refuses to run without rate limits', () => {
  assert.deepEqual(refusedNames({ ...production, LATCHKEY_RATE_LIMITS: 'off' }), ['LATCHKEY_RATE_LIMITS']);
  assert.equal(load({ LATCHKEY_RATE_LIMITS: 'off' }).limits.enabled, false);
});

test('production refuses a database that dies with the process', () => {
  const memory = { LATCHKEY_DATABASE_URL: 'sqlite::memory:' };
  assert.deepEqual(refusedNames({ ...production, ...memory }), ['LATCHKEY_DATABASE_URL']);
  assert.deepEqual(load(memory).database, { engine: 'sqlite', path: ':memory:' });
});

test('an open private door is refused in production, also on loopback', () => {
  assert.deepEqual(refusedNames({ ...production, LATCHKEY_PRIVATE_AUTH: 'open' }), ['LATCHKEY_PRIVATE_AUTH']);
});

for (const host of ['0.0.0.0', '::', '192.168.1.5', 'auth.internal']) {
  test(`an open private door is refused on ${host}`, () => {
    assert.deepEqual(refusedNames({ LATCHKEY_PRIVATE_AUTH: 'open', LATCHKEY_HOST: host }), [
      'LATCHKEY_PRIVATE_AUTH',
    ]);
  });
}

for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) {
  test(`an open private door is allowed in development on ${host}`, () => {
    assert.equal(load({ LATCHKEY_PRIVATE_AUTH: 'open', LATCHKEY_HOST: host }).privateDoor.auth, 'open');
  });
}

test('several processes are refused where each would have a mailbox or a database of its own', () => {
  const sent = { LATCHKEY_WORKERS: '2', LATCHKEY_SMTP_URL: 'smtp://localhost' };
  assert.deepEqual(refusedNames({ LATCHKEY_WORKERS: '2' }), ['LATCHKEY_WORKERS']);
  assert.deepEqual(refusedNames({ ...sent, LATCHKEY_DATABASE_URL: 'sqlite::memory:' }), ['LATCHKEY_WORKERS']);
  assert.equal(load(sent).workers, 2);
});

test('processes share the cores for hashing, and each has one at least', () => {
  const workersAt = (count: number) =>
    load({ LATCHKEY_WORKERS: String(count), LATCHKEY_SMTP_URL: 'smtp://localhost' }).hashing.workers;
  assert.equal(workersAt(2), Math.ceil(availableParallelism() / 2));
  assert.equal(workersAt(256), Math.ceil(availableParallelism() / 256));
});

test('a proxy list that trusts everyone is refused (SEC-078)', () => {
  assert.deepEqual(refusedNames({ LATCHKEY_TRUST_PROXY: '0.0.0.0/0' }), ['LATCHKEY_TRUST_PROXY']);
  assert.deepEqual(refusedNames({ LATCHKEY_TRUST_PROXY: '10.0.0.0/8,::/0' }), ['LATCHKEY_TRUST_PROXY']);
});

test('metrics do not share the port of the server', () => {
  assert.deepEqual(refusedNames({ LATCHKEY_PORT: '9100', LATCHKEY_METRICS_PORT: '9100' }), [
    'LATCHKEY_METRICS_PORT',
  ]);
});

test('any free port is for tests only', () => {
  assert.equal(load({ LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_PORT: '0' }).port, 0);
  assert.deepEqual(refusedNames({ LATCHKEY_PORT: '0' }), ['LATCHKEY_PORT']);
});

test('one value does not serve as root secret and as private key (SEC-055)', () => {
  const env = { LATCHKEY_SECRET: GOOD_SECRET, LATCHKEY_PRIVATE_KEYS: `a:${KEY},b:${GOOD_SECRET}` };
  assert.deepEqual(refusedNames(env), ['LATCHKEY_PRIVATE_KEYS']);
});

test('switching off comes after locking', () => {
  const env = { LATCHKEY_LOCKOUT_FAILURES: '5', LATCHKEY_LOCKOUT_DISABLE_AFTER: '5' };
  assert.deepEqual(refusedNames(env), ['LATCHKEY_LOCKOUT_DISABLE_AFTER']);
});

test('a day allows at least what an hour does', () => {
  assert.deepEqual(refusedNames({ LATCHKEY_WRONG_CODES_PER_HOUR: '31' }), ['LATCHKEY_WRONG_CODES_PER_DAY']);
});

for (const [about, env, warning] of [
  ['production without a mail server', without('LATCHKEY_SMTP_URL'), /LATCHKEY_SMTP_URL is not set/],
  ['https without a trusted proxy', without('LATCHKEY_TRUST_PROXY'), /look like one address/],
  [
    'a trusted proxy elsewhere, where only this machine is listened to',
    { ...production, LATCHKEY_HOST: '::1' },
    /LATCHKEY_HOST is ::1.*LATCHKEY_TRUST_PROXY/,
  ],
  [
    'an SMS gateway over http',
    { ...production, LATCHKEY_SMS_URL: 'http://sms/send' },
    /LATCHKEY_SMS_URL is http/,
  ],
  [
    'a development mailbox open to the network',
    { LATCHKEY_HOST: '0.0.0.0' },
    /\/dev\/mailbox is not there. Codes and links are in this log/,
  ],
] as const) {
  test(`${about} is a warning, not a mistake`, () => {
    const { warnings } = load(env);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', warning);
  });
}

test('a development server with a mail server has no mailbox to warn of', () => {
  assert.deepEqual(load({ LATCHKEY_HOST: '0.0.0.0', LATCHKEY_SMTP_URL: 'smtp://mail.test' }).warnings, []);
});

test('an SMS gateway on this machine may be reached over http', () => {
  assert.deepEqual(load({ ...production, LATCHKEY_SMS_URL: 'http://127.0.0.1:9000/send' }).warnings, []);
});

test('a previous secret is held to the rules of a secret, is not the current one, and is never shown', () => {
  const former = 'Kq7VbTz2mXw9Rj4nLp8sGf3hDc6yQe1u';
  assert.deepEqual(load({ ...production, LATCHKEY_PREVIOUS_SECRETS: former }).previousSecrets, [former]);
  for (const bad of ['too-short-a-secret', GOOD_SECRET, `${former},${former}`, `${former},${GOOD_SECRET}`]) {
    const { message, mistakes } = refusal({ ...production, LATCHKEY_PREVIOUS_SECRETS: bad });
    assert.deepEqual(
      mistakes.map(({ name }) => name),
      ['LATCHKEY_PREVIOUS_SECRETS'],
    );
    for (const secret of [former, GOOD_SECRET, 'too-short-a-secret']) {
      assert.equal(message.includes(secret), false);
    }
  }
});

test('production is warned of a PostgreSQL that is spoken to in clear over a network', () => {
  const warned = (url: string) =>
    load({ ...production, LATCHKEY_DATABASE_URL: url }).warnings.filter((text) =>
      text.includes('LATCHKEY_DATABASE_URL'),
    ).length;
  assert.equal(warned('postgres://me:secret@db.example.com/latchkey'), 1);
  assert.equal(warned('postgres://me:secret@db.example.com/latchkey?sslmode=require'), 0);
  for (const mode of ['allow', 'prefer']) {
    assert.equal(warned(`postgres://me:secret@db.example.com/latchkey?sslmode=${mode}`), 1);
  }
  assert.equal(warned('postgres://me:secret@127.0.0.1/latchkey'), 0);
  assert.equal(warned('sqlite:data/latchkey.db'), 0);
});

test('hardened is warned of every mounted contract that is documented to tell who has an account, and of no other', () => {
  const told = { name: 'open', settings: {}, alwaysDiscloses: 'POST /sign-up' };
  const known = [told, { name: 'shut', settings: {} }];
  const hardened = { ...production, LATCHKEY_ENUMERATION: 'hardened' };
  const [warning = '', ...more] = load(hardened, known).warnings;
  assert.match(warning, /^LATCHKEY_ENUMERATION is hardened, but contract open .* POST \/sign-up\./);
  assert.deepEqual(more, []);
  assert.deepEqual(load(production, known).warnings, []);
  assert.deepEqual(load({ ...hardened, LATCHKEY_CONTRACTS: 'shut' }, known).warnings, []);
  // Of ours it is VibeMobi alone.
  assert.deepEqual(
    contracts.filter(({ alwaysDiscloses }) => alwaysDiscloses !== undefined).map(({ name }) => name),
    ['vibemobi'],
  );
  assert.match(load(hardened, contracts).warnings.join('\n'), /POST \/users\/signup and PATCH \/users\/me/);
});
