import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ConfigError,
  contractValues,
  duration,
  integer,
  type Settings,
  settingGroups,
} from '../../../src/config/index.ts';
import { GOOD_SECRET, load, production, refusal } from './load.ts';

const garden = {
  name: 'garden',
  settings: {
    accessLifetimeMs: {
      name: 'LATCHKEY_GARDEN_ACCESS_LIFETIME',
      kind: duration(),
      default: '1h',
      description: 'How long an access token lives.',
    },
    seeds: {
      name: 'LATCHKEY_GARDEN_SEEDS',
      kind: integer({ min: 1, max: 9 }),
      description: 'How many seeds.',
    },
  } satisfies Settings,
};

const everyName = settingGroups([garden]).flatMap(({ settings }) =>
  Object.values<Settings[string]>(settings).map(({ name }) => name),
);

test('without any setting, everything stands at its documented default', () => {
  const { effective, ofContracts, ...values } = load({});
  assert.deepEqual(values, {
    environment: 'development',
    host: '127.0.0.1',
    port: 8000,
    publicUrl: 'http://127.0.0.1:8000',
    appUrl: undefined,
    productName: 'Latchkey',
    trustProxy: [],
    corsOrigins: [],
    workers: 1,
    metricsPort: undefined,
    metricsHost: '127.0.0.1',
    logLevel: 'info',
    database: { engine: 'sqlite', path: 'data/latchkey.db' },
    databasePool: 10,
    databaseConnectTimeoutMs: 3_000,
    databaseStatementTimeoutMs: 10_000,
    migrate: true,
    secret: undefined,
    previousSecrets: [],
    contractModules: [],
    contracts: [],
    enumeration: 'contract',
    requireTotp: 'off',
    pendingMs: 86_400_000,
    undoMs: 604_800_000,
    auditMs: 34_560_000_000,
    refreshGraceMs: 30_000,
    messages: {
      smtpUrl: undefined,
      mailFrom: 'Latchkey <no-reply@localhost>',
      smsUrl: undefined,
      smsPerHour: 500,
      smsCountries: undefined,
      outboxLimit: 10_000,
    },
    lockout: { failures: 5, durationMs: 600_000, disableAfter: 100 },
    codes: { tries: 5, wrongPerHour: 10, wrongPerDay: 30, messagesPerHour: 10 },
    limits: {
      enabled: true,
      signIn: { points: 10, perMs: 60_000 },
      signInPerAddress: { points: 60, perMs: 60_000 },
      message: { points: 3, perMs: 30_000 },
      messagePerAddress: { points: 60, perMs: 60_000 },
      sms: { points: 20, perMs: 3_600_000 },
      confirm: { points: 10, perMs: 60_000 },
      confirmPerAddress: { points: 60, perMs: 60_000 },
      profile: { points: 30, perMs: 60_000 },
      profilePerAddress: { points: 300, perMs: 60_000 },
      privatePerAddress: { points: 1_200, perMs: 60_000 },
      refreshPerAddress: { points: 150, perMs: 300_000 },
    },
    privateDoor: {
      auth: 'token',
      keys: [],
      networks: ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
    },
    hashing: { workers: availableParallelism(), queueBudgetMs: 2_000 },
    warnings: [],
  });
});

test('an empty setting counts as not given', () => {
  const { port, secret } = load({ LATCHKEY_PORT: '', LATCHKEY_SECRET: '  ' });
  assert.deepEqual({ port, secret }, { port: 8000, secret: undefined });
});

test('spaces around a setting do not matter', () => {
  assert.equal(load({ LATCHKEY_PORT: ' 8001 ' }).port, 8001);
});

test('all mistakes are told at once, each with what was given, what is wrong and how to mend it', () => {
  const { message, mistakes, stack } = refusal({
    LATCHKEY_ENVIRONMENT: 'prod',
    LATCHKEY_PORT: '80000',
    LATCHKEY_SECRET: 'short',
    LATCHKEY_SMPT_URL: 'smtp://localhost',
    LATCHKEY_WORKERS: '4',
    LATCHKEY_PRIVATE_AUTH: 'open',
    LATCHKEY_HOST: '0.0.0.0',
  });
  assert.equal(
    message,
    [
      '6 settings are wrong, and Latchkey does not start:',
      '  LATCHKEY_ENVIRONMENT is prod\n    Wrong: it is none of the words known here.\n    Fix:   did you mean production? It can be development, test or production.',
      '  LATCHKEY_PORT is 80000\n    Wrong: it is not between 1 and 65535.\n    Fix:   write a port from 1 to 65535.',
      '  LATCHKEY_SECRET is •••• (5 characters)\n    Wrong: it is shorter than 32 bytes.\n    Fix:   make one: openssl rand -base64 48.',
      '  LATCHKEY_WORKERS is 4\n    Wrong: the development mailbox is in the memory of one process, and of several each would show its part of the messages.\n    Fix:   write 1, or set LATCHKEY_SMTP_URL.',
      '  LATCHKEY_PRIVATE_AUTH is open\n    Wrong: an open private door lets anyone make verified accounts, and LATCHKEY_HOST 0.0.0.0 is not only this machine.\n    Fix:   write token and set LATCHKEY_PRIVATE_KEYS.',
      "  LATCHKEY_SMPT_URL\n    Wrong: the name is not one of Latchkey's settings.\n    Fix:   did you mean LATCHKEY_SMTP_URL?",
    ].join('\n\n'),
  );
  assert.equal(mistakes.length, 6);
  assert.equal(stack, message, 'an operator is not shown where in our code it was noticed');
});

test('a setting cannot rewrite the terminal that its mistake is shown on', () => {
  const escapes = '\u001b[2J\u009b2J\r\n\u202e';
  const { message } = refusal({
    LATCHKEY_LOG_LEVEL: `a${escapes}b`,
    LATCHKEY_TRUST_PROXY: `10.0.0.0/8,${escapes}b`,
    [`LATCHKEY_${escapes}`]: 'x',
  });
  assert.match(message, /LATCHKEY_LOG_LEVEL is a\\u\{1b\}\[2J\\u\{9b\}2J\\u\{d\}\\u\{a\}\\u\{202e\}b\n/);
  assert.doesNotMatch(message.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
});

test('a very long setting is cut where it is shown', () => {
  const long = 'x'.repeat(10_000);
  const { message } = refusal({ LATCHKEY_LOG_LEVEL: long, LATCHKEY_TRUST_PROXY: `${long},y` });
  assert.ok(message.length < 1_000, `${message.length} characters`);
});

for (const [given, meant] of [
  ['LATCHKEY_SMPT_URL', 'LATCHKEY_SMTP_URL'],
  ['LATCHKEY_PUBLICURL', 'LATCHKEY_PUBLIC_URL'],
  ['LATCHKEY_ENV', 'LATCHKEY_ENVIRONMENT'],
  ['LATCHKEY_port', 'LATCHKEY_PORT'],
  ['LATCHKEY_GARDEN_ACCES_LIFETIME', 'LATCHKEY_GARDEN_ACCESS_LIFETIME'],
] as const) {
  test(`${given} is unknown, and ${meant} is suggested`, () => {
    const { mistakes } = refusal({ [given]: 'x' }, [garden]);
    assert.deepEqual(
      mistakes.map(({ name, fix }) => [name, fix]),
      [[given, `did you mean ${meant}?`]],
    );
  });
}

test('a setting that was renamed is read by its former name, with a warning, unless both are given', () => {
  const [one, two] = [GOOD_SECRET, `${GOOD_SECRET.slice(1)}x`];
  const { previousSecrets, warnings } = load({ LATCHKEY_FORMER_SECRETS: one });
  assert.deepEqual(previousSecrets, [one]);
  assert.match(
    warnings[0] ?? '',
    /^LATCHKEY_FORMER_SECRETS is now called LATCHKEY_PREVIOUS_SECRETS: rename it/,
  );
  assert.deepEqual(load({ LATCHKEY_PREVIOUS_SECRETS: one }).warnings, []);
  const { mistakes } = refusal({ LATCHKEY_PREVIOUS_SECRETS: one, LATCHKEY_FORMER_SECRETS: two });
  assert.deepEqual(
    mistakes.map(({ name, fix }) => [name, fix]),
    [['LATCHKEY_FORMER_SECRETS', 'remove it, and keep LATCHKEY_PREVIOUS_SECRETS']],
  );
});

test('a name that is like no setting gets no suggestion', () => {
  assert.match(refusal({ LATCHKEY_QUUX: 'x' }).message, /see docs\/configuration\.md/);
});

test('a public URL follows from host and port', () => {
  const urlOf = (host: string) => load({ LATCHKEY_HOST: host, LATCHKEY_PORT: '9000' }).publicUrl;
  assert.equal(urlOf('0.0.0.0'), 'http://localhost:9000');
  assert.equal(urlOf('::'), 'http://localhost:9000');
  assert.equal(urlOf('::1'), 'http://[::1]:9000');
  assert.equal(urlOf('auth.internal'), 'http://auth.internal:9000');
});

test('the sender follows from product name and public URL', () => {
  const senderOf = (productName: string) =>
    load({ LATCHKEY_PRODUCT_NAME: productName, LATCHKEY_PUBLIC_URL: 'https://auth.example.com:444/x' })
      .messages.mailFrom;
  assert.equal(senderOf('Acme'), 'Acme <no-reply@auth.example.com>');
  assert.equal(senderOf('Acme, Inc.'), '"Acme, Inc." <no-reply@auth.example.com>');
  assert.equal(senderOf('A "B" <x>'), '"A \\"B\\" x" <no-reply@auth.example.com>');
});

test('how long a connection may take follows from connect_timeout of the database URL, unless it is set', () => {
  const LATCHKEY_DATABASE_URL = 'postgres://me@db.example.com/latchkey?connect_timeout=10';
  assert.equal(load({ LATCHKEY_DATABASE_URL }).databaseConnectTimeoutMs, 10_000);
  const set = load({ LATCHKEY_DATABASE_URL, LATCHKEY_DATABASE_CONNECT_TIMEOUT: '5s' });
  assert.equal(set.databaseConnectTimeoutMs, 5_000);
});

test('a contract reads its own settings, typed by its own record', () => {
  const config = load({ LATCHKEY_GARDEN_ACCESS_LIFETIME: '5m' }, [garden]);
  const values: { readonly accessLifetimeMs: number; readonly seeds: number | undefined } = contractValues(
    config,
    garden,
  );
  assert.deepEqual(values, { accessLifetimeMs: 300_000, seeds: undefined });
  // @ts-expect-error a setting without a default may be undefined
  const seeds: number = contractValues(config, garden).seeds;
  assert.equal(seeds, undefined);
});

test('mistakes in the settings of contracts join the list, also while the contract is switched off', () => {
  const notes = { name: 'notes', settings: {} };
  const { mistakes } = refusal({ LATCHKEY_CONTRACTS: 'notes', LATCHKEY_GARDEN_SEEDS: '10' }, [garden, notes]);
  assert.deepEqual(
    mistakes.map(({ name }) => name),
    ['LATCHKEY_GARDEN_SEEDS'],
  );
});

test('contracts are all of the known ones, or those that are named', () => {
  const known = [garden, { name: 'notes', settings: {} }];
  assert.deepEqual(load({}, known).contracts, ['garden', 'notes']);
  assert.deepEqual(load({ LATCHKEY_CONTRACTS: 'notes' }, known).contracts, ['notes']);
  assert.match(refusal({ LATCHKEY_CONTRACTS: 'gardn' }, known).message, /did you mean garden\?/);
});

test('a contract that names a setting outside its own prefix is a bug, told as one', () => {
  const thief = { name: 'thief', settings: { port: garden.settings.seeds } };
  assert.throws(() => load({}, [thief]), /does not begin with LATCHKEY_THIEF_/);
});

test('a contract that was not in the list has no values, told as a bug', () => {
  assert.throws(() => contractValues(load({}), garden), /was not in the list/);
});

test('two settings of one name are a bug, told as one', () => {
  assert.throws(() => load({}, [garden, garden]), /defined twice/);
});

test('no text whatever makes loading fail in another way than by a list of mistakes', () => {
  const words = [
    'all',
    'none',
    'off',
    'http://',
    'https://a',
    'sqlite:',
    '://',
    '@',
    ',',
    ':',
    '/',
    '0',
    '1m',
    '"',
    '<',
    '%',
  ];
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { maxLength: 6 })
      .map((parts) => parts.join('')),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.domain(),
    fc.ipV6(),
    fc.constantFrom(...Object.values(production), GOOD_SECRET),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...everyName), texts, { maxKeys: 8 }), (env) => {
      try {
        load(env, [garden]);
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
