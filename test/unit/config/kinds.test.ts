import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { callingAreas } from '../../../src/config/kinds/calling-areas.ts';
import { database } from '../../../src/config/kinds/database.ts';
import { InvalidValue, type Kind } from '../../../src/config/kinds/kind.ts';
import { list, subset } from '../../../src/config/kinds/list.ts';
import { mailbox } from '../../../src/config/kinds/mailbox.ts';
import { cidrs, host } from '../../../src/config/kinds/network.ts';
import { integer, port } from '../../../src/config/kinds/number.ts';
import { orWord } from '../../../src/config/kinds/optional.ts';
import { privateKeys } from '../../../src/config/kinds/private-keys.ts';
import { rootSecret } from '../../../src/config/kinds/root-secret.ts';
import { smsUrl } from '../../../src/config/kinds/sms-url.ts';
import { choice, flag, text } from '../../../src/config/kinds/text.ts';
import { duration, rate } from '../../../src/config/kinds/time.ts';
import { baseUrl, origin, url } from '../../../src/config/kinds/url.ts';
import { EXAMPLE_SECRET } from '../../../src/config/secret-strength.ts';
import { GOOD_SECRET } from './load.ts';

const postgres = (change: object) => ({
  engine: 'postgres',
  host: 'db.example.com',
  port: 5432,
  name: 'latchkey',
  user: 'me',
  password: undefined,
  tls: { mode: 'disable' },
  ...change,
});

interface Case {
  readonly kind: Kind<unknown>;
  /** Text → value. */
  readonly good: readonly (readonly [string, unknown])[];
  /** Text → what the problem must say. */
  readonly bad: readonly (readonly [string, RegExp])[];
}

const AUTHORITY = 'test/support/postgres/tls/server.crt';
const KEY = '7f3a9c1e5b8d2046e1a7c3f9';

const cases: Readonly<Record<string, Case>> = {
  text: {
    kind: text({ max: 5 }),
    good: [['Key 1', 'Key 1']],
    bad: [
      ['Key 12', /longer than 5/],
      ['a\nb', /line break/],
      ['a\u0000', /control character/],
    ],
  },
  choice: {
    kind: choice('development', 'production'),
    good: [['production', 'production']],
    bad: [
      ['Production', /none of the words/],
      ['staging', /none of the words/],
    ],
  },
  flag: {
    kind: flag(),
    good: [
      ['on', true],
      ['off', false],
    ],
    bad: [
      ['true', /none of the words/],
      ['1', /none of the words/],
    ],
  },
  integer: {
    kind: integer({ min: -1, max: 10 }),
    good: [
      ['-1', -1],
      ['10', 10],
      ['007', 7],
    ],
    bad: [
      ['11', /between -1 and 10/],
      ['-2', /between -1 and 10/],
      ['1.5', /not a whole number/],
      ['1e1', /not a whole number/],
      ['0x1', /not a whole number/],
      ['9'.repeat(400), /not a whole number/],
    ],
  },
  port: {
    kind: port(),
    good: [
      ['1', 1],
      ['65535', 65_535],
    ],
    bad: [
      ['0', /between 1 and 65535/],
      ['65536', /between 1 and 65535/],
      ['http', /not a whole number/],
    ],
  },
  'port or any free one': { kind: port({ orAnyFree: true }), good: [['0', 0]], bad: [['-1', /between/]] },
  'a kind that can be switched off': {
    kind: orWord('off', port()),
    good: [
      ['off', undefined],
      ['9100', 9_100],
    ],
    bad: [['none', /not a whole number/]],
  },
  duration: {
    kind: duration(),
    good: [
      ['500ms', 500],
      ['30s', 30_000],
      ['3m', 180_000],
      ['24h', 86_400_000],
      ['8d', 691_200_000],
    ],
    bad: [
      ['30', /no unit/],
      ['0s', /shorter than 1ms/],
      ['1.5h', /not a duration/],
      ['-3m', /not a duration/],
      ['3 m', /not a duration/],
      ['3M', /not a duration/],
      ['1h30m', /not a duration/],
      ['3651d', /longer than 3650d/],
    ],
  },
  'duration with bounds': {
    kind: duration({ minMs: 0, maxMs: 60_000 }),
    good: [['0s', 0]],
    bad: [['61s', /longer than 1m/]],
  },
  rate: {
    kind: rate(),
    good: [
      ['3/30s', { points: 3, perMs: 30_000 }],
      ['10/1m', { points: 10, perMs: 60_000 }],
    ],
    bad: [
      ['3', /not a number for a period/],
      ['3/30', /period.*no unit/],
      ['3/m', /period.*not a duration/],
      ['0/1m', /nothing at all/],
      ['1000001/1m', /over 1000000/],
      ['3/500ms', /period.*shorter than 1s/],
      ['3/2d', /period.*longer than 1d/],
      ['3/1m/1m', /not a number for a period/],
    ],
  },
  list: {
    kind: list(integer({ min: 0, max: 9 }), { none: 'none' }),
    good: [
      ['none', []],
      ['1', [1]],
      [' 1 , 2,', [1, 2]],
    ],
    bad: [
      [',', /empty/],
      ['1,x', /entry 2, x: it is not a whole number/],
      ['1,2,1', /entry 3 was given before/],
    ],
  },
  subset: {
    kind: subset(['fabric', 'notes']),
    good: [
      ['all', ['fabric', 'notes']],
      ['notes', ['notes']],
    ],
    bad: [
      ['fabrik', /entry 1, fabrik/],
      ['all,notes', /entry 1, all/],
    ],
  },
  callingAreas: {
    kind: callingAreas(),
    good: [
      ['DE', ['DE']],
      ['DE, +41,US', ['DE', '+41', 'US']],
    ],
    bad: [
      ['de', /lower case/],
      ['49', /no plus sign/],
      ['DE,XX', /entry 2, XX: it is neither/],
      ['+999', /neither a country/],
      ['+', /neither a country/],
      ['Germany', /neither a country/],
      ['+491', /neither a country/],
    ],
  },
  cidrs: {
    kind: cidrs({ none: 'none' }),
    good: [
      ['none', []],
      ['10.0.0.0/8', ['10.0.0.0/8']],
      ['192.168.1.7', ['192.168.1.7/32']],
      ['2001:DB8:0::/32, ::1', ['2001:db8::/32', '::1/128']],
    ],
    bad: [
      ['10.0.0.1/8', /goes on after the first 8 bits/],
      ['10.0.0.0/33', /0 to 32/],
      ['::1/129', /0 to 128/],
      ['10.0.0.0/', /0 to 32/],
      ['10.0.0.0/8/8', /not an address/],
      ['10/8', /not an address/],
      ['010.0.0.0/8', /not an address/],
      ['0x0a000000/8', /not an address/],
      ['fe80::1%eth0/64', /not an address/],
      ['::ffff:10.0.0.0/104', /IPv6 clothes/],
      ['*', /not an address/],
      ['proxy.example.com', /not an address/],
    ],
  },
  host: {
    kind: host(),
    good: [
      ['127.0.0.1', '127.0.0.1'],
      ['::', '::'],
      ['auth.internal', 'auth.internal'],
    ],
    bad: [
      ['http://localhost', /neither/],
      ['localhost:8000', /neither/],
      ['256.0.0.1', /neither/],
      ['127.1', /neither/],
      ['[::1]', /brackets/],
      ['a b', /neither/],
      [`${'a'.repeat(64)}.example`, /neither/],
    ],
  },
  url: {
    kind: url('smtps', 'smtp'),
    good: [
      ['smtp://mail.example.com', 'smtp://mail.example.com'],
      ['smtps://user:p%40ss@mail.example.com:465', 'smtps://user:p%40ss@mail.example.com:465'],
    ],
    bad: [
      ['mail.example.com', /does not begin with smtps:\/\/ or smtp:\/\//],
      ['http://mail.example.com', /does not begin/],
      ['smtp:mail.example.com', /does not begin/],
      ['smtp://', /not a valid URL|no host/],
      ['smtp://user:pa ss@mail.example.com', /space/],
      ['smtp://user:pa#ss@mail.example.com', /not a valid URL/],
      ['smtp://user:12#ss@mail.example.com', /end early/],
      ['smtp://user:12/ss@mail.example.com', /end early/],
      ['smtp://user:100%@mail.example.com', /no escape/],
    ],
  },
  'base URL': {
    kind: baseUrl(),
    good: [
      ['https://auth.example.com', 'https://auth.example.com'],
      ['https://AUTH.example.com:443/', 'https://auth.example.com'],
      ['http://[::1]:8000/a/b//', 'http://[::1]:8000/a/b'],
    ],
    bad: [
      ['auth.example.com', /does not begin/],
      ['ftp://auth.example.com', /does not begin/],
      ['https:auth.example.com', /does not begin/],
      ['https://user:secret@auth.example.com', /user name or a password/],
      ['https://auth.example.com/?a=1', /query/],
      ['https://auth.example.com/#a', /fragment/],
      ['https://auth.example.com?', /query/],
      ['https://auth\n.example.com', /control character/],
      ['https://auth.example.com:99999', /not a valid URL/],
    ],
  },
  origin: {
    kind: origin(),
    good: [
      ['https://app.example.com', 'https://app.example.com'],
      ['http://localhost:5173', 'http://localhost:5173'],
      ['capacitor://localhost', 'capacitor://localhost'],
      ['ionic://localhost:8100', 'ionic://localhost:8100'],
      ['tauri://localhost', 'tauri://localhost'],
      [
        'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
        'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
      ],
      ['safari-web-extension://1D5A9F4E-7B0C', 'safari-web-extension://1D5A9F4E-7B0C'],
    ],
    bad: [
      ['*', /wildcards/],
      ['https://*.example.com', /wildcards/],
      ['chrome-extension://*', /wildcards/],
      ['capacitor://localhost/', /never sends/],
      ['capacitor://localhost/index.html', /never sends/],
      ['capacitor://localhost?x', /never sends/],
      ['capacitor://me:secret@localhost', /never sends/],
      ['Capacitor://localhost', /never sends/],
      ['capacitor://', /names no host|not a valid URL/],
      ['file:///index.html', /names no host/],
      ['capacitor:localhost', /does not begin/],
      ['://localhost', /does not begin/],
      ['https://app.example.com/', /never sends/],
      ['https://app.example.com/path', /never sends/],
      ['https://App.example.com', /never sends/],
      ['https://app.example.com:443', /never sends/],
      ['https://user@app.example.com', /never sends/],
      ['null', /does not begin/],
      ['app.example.com', /does not begin/],
    ],
  },
  database: {
    kind: database(),
    good: [
      ['sqlite:data/latchkey.db', { engine: 'sqlite', path: 'data/latchkey.db' }],
      ['sqlite:/var/lib/latchkey.db', { engine: 'sqlite', path: '/var/lib/latchkey.db' }],
      ['sqlite::memory:', { engine: 'sqlite', path: ':memory:' }],
      ['postgres://me:p%40ss@db.example.com/latchkey', postgres({ password: 'p@ss' })],
      ['postgresql://me@db.example.com:6432/latchkey', postgres({ port: 6432 })],
      ['postgres://m%C3%A9@[::1]/l%2Dk', postgres({ user: 'mé', host: '::1', name: 'l-k' })],
      ['postgres://me@db.example.com/latchkey?sslmode=disable', postgres({})],
      ['postgres://me@db.example.com/latchkey?sslmode=require', postgres({ tls: { mode: 'require' } })],
      [
        'postgres://me@db.example.com/latchkey?sslmode=verify-full',
        postgres({ tls: { mode: 'verify-full', ca: undefined } }),
      ],
      ['postgres://me@db.example.com/latchkey?sslmode=prefer', postgres({ tls: { mode: 'prefer' } })],
      ['postgres://me@db.example.com/latchkey?sslmode=allow', postgres({ tls: { mode: 'allow' } })],
      [
        'postgres://me@db.example.com/latchkey?sslmode=verify-full&sslrootcert=system',
        postgres({ tls: { mode: 'verify-full', ca: undefined } }),
      ],
      [
        `postgres://me@db.example.com/latchkey?sslmode=verify-ca&sslrootcert=${AUTHORITY}`,
        postgres({ tls: { mode: 'verify-ca', ca: readFileSync(AUTHORITY, 'utf8') } }),
      ],
      // libpq checks an authority that is named in this mode, too.
      [
        `postgres://me@db.example.com/latchkey?sslmode=require&sslrootcert=${AUTHORITY}`,
        postgres({ tls: { mode: 'verify-ca', ca: readFileSync(AUTHORITY, 'utf8') } }),
      ],
      // As hosting providers print them.
      [
        'postgresql://me@db.example.com/latchkey?sslmode=require&channel_binding=require',
        postgres({ tls: { mode: 'require' }, channelBinding: 'require' }),
      ],
      [
        'postgres://me@db.example.com/latchkey?sslmode=require&channel_binding=prefer&connect_timeout=10&application_name=auth%201&target_session_attrs=read-write&keepalives=1&gssencmode=disable&client_encoding=utf8',
        postgres({ tls: { mode: 'require' }, applicationName: 'auth 1' }),
      ],
    ],
    bad: [
      ['data/latchkey.db', /begin with sqlite:/],
      ['sqlite:', /names no file/],
      ['sqlite:data/', /names no file/],
      ['sqlite:a\nb', /control character/],
      ['sqlite:///var/lib/latchkey.db', /a path, not \/\//],
      ['sqlite:file:x?mode=memory', /special name/],
      ['sqlite::memory', /special name/],
      ['postgresql://db/latchkey', /names no user/],
      ['postgres://me@db', /names no database/],
      ['postgres://me@db/a/b', /names no database/],
      ['postgres://me:pa#ss@db/latchkey', /not a valid URL|seems to end early/],
      ['postgres://me:100%@db/latchkey', /% in its credentials/],
      ['postgres://me@db/100%', /% in it begins no escape/],
      ['postgres://me@db/latchkey?sslmode=verify', /option sslmode has a value that is not supported/],
      ['postgres://me@db/latchkey?ssl=true', /option ssl is not supported/],
      [
        'postgres://me@db/latchkey?sslcert=x&sslkey=y',
        /option sslcert is not supported, its option sslkey is/,
      ],
      ['postgres://me@db/latchkey?options=-csearch_path%3Dx', /option options is not supported/],
      ['postgres://me@db/latchkey?constructor=x', /option constructor is not supported/],
      ['postgres://me@db/latchkey?a%1b[2J=x', /option a\\u\{1b\}\[2J is not supported/],
      ['postgres://me@db/latchkey?sslmode=require&sslmode=disable', /option sslmode is given twice/],
      ['postgres://me@db/latchkey?connect_timeout=0', /option connect_timeout has a value/],
      ['postgres://me@db/latchkey?connect_timeout=61', /option connect_timeout has a value/],
      ['postgres://me@db/latchkey?application_name=a%00b', /option application_name has a value/],
      ['postgres://me@db/latchkey?target_session_attrs=standby', /option target_session_attrs has a value/],
      ['postgres://me@db/latchkey?channel_binding=require', /channel_binding=require needs TLS/],
      ['postgres://me@db/latchkey?sslmode=verify-ca', /verify-ca needs an authority/],
      ['postgres://me@db/latchkey?sslmode=require&sslrootcert=system', /system needs sslmode=verify-full/],
      ['postgres://me@db1,db2/latchkey', /several hosts/],
      ['postgres://me:a,b@db1:5432,db2:5432/latchkey', /several hosts/],
      ['postgres://me@db/latchkey?sslrootcert=x', /would not be looked at/],
      ['postgres://me@db/latchkey?sslmode=verify-full&sslrootcert=/no/such', /cannot be read \(ENOENT\)/],
      ['postgres://me@db/latchkey?sslmode=verify-full&sslrootcert=package.json', /holds no certificate/],
      ['postgres:db', /does not begin/],
      ['mysql://db/latchkey', /begin with sqlite:/],
    ],
  },
  mailbox: {
    kind: mailbox(),
    good: [
      ['no-reply@example.com', 'no-reply@example.com'],
      ['Latchkey <no-reply@localhost>', 'Latchkey <no-reply@localhost>'],
      ['"Example, Inc." <a@example.com>', '"Example, Inc." <a@example.com>'],
      ['Zoë <a@bücher.example>', 'Zoë <a@bücher.example>'],
    ],
    bad: [
      ['example.com', /not one e-mail address/],
      ['a@example.com, b@example.com', /not one e-mail address/],
      ['A <a@example.com>, B <b@example.com>', /needs quotes/],
      ['Example, Inc. <a@example.com>', /needs quotes/],
      ['a@example.com\r\nBcc: b@example.com', /line break/],
      ['A <a@example.com', /not one e-mail address/],
      ['A <a@exa mple.com>', /not one e-mail address/],
    ],
  },
  'SMS gateway': {
    kind: smsUrl(),
    good: [
      ['https://sms.example.com/send?key=k', 'https://sms.example.com/send?key=k'],
      [
        'twilio://AC1:token@api.twilio.com?from=+15551234567',
        'twilio://AC1:token@api.twilio.com?from=+15551234567',
      ],
    ],
    bad: [
      ['sms.example.com', /does not begin/],
      ['twilio://:token@api.twilio.com?from=+1', /SID is missing/],
      ['twilio://AC1@api.twilio.com?from=+1', /token is missing/],
      ['twilio://AC1:token@api.twilio.com', /sender is missing/],
      ['twilio://AC1:token@api.twilio.com?from=', /sender is missing/],
    ],
  },
  'private keys': {
    kind: privateKeys(),
    good: [
      ['none', []],
      [
        `billing:${KEY},${GOOD_SECRET}`,
        [
          { name: 'billing', key: KEY },
          { name: 'key-2', key: GOOD_SECRET },
        ],
      ],
    ],
    bad: [
      [KEY.slice(1), /entry 1, •••• .*shorter than 24/],
      [`a b:${KEY}`, /name before the :/],
      [`:${KEY}`, /name before the :/],
      [`a:${KEY} x`, /no bearer token/],
      [`a:${KEY},a:${GOOD_SECRET}`, /one name/],
      [`a:${KEY},b:${KEY}`, /one key/],
      ['a:changeme-changeme-7f3a9c1e5b', /placeholder/],
      ['a:abababababababababababab', /different characters/],
    ],
  },
  'root secret (SEC-055)': {
    kind: rootSecret(),
    good: [
      [GOOD_SECRET, GOOD_SECRET],
      // Bytes count, not characters.
      ['ÄÖÜäöüßéèêàáâîïôûç', 'ÄÖÜäöüßéèêàáâîïôûç'],
    ],
    bad: [
      [GOOD_SECRET.slice(0, 31), /shorter than 32 bytes/],
      ['abcabcaabcabcaabcabcaabcabcaabcabca', /fewer than 8 different/],
      ['a8Kq2Zx0'.repeat(5), /repeated/],
      ['changeme-changeme-changeme-changeme', /placeholder/],
      ['Change_Me: 0f9e8d7c6b5a49382716055f4e3d', /placeholder/],
      ['a-string-secret-at-least-256-bits-long', /placeholder/],
      ['0123456789abcdef0123456789abcdefXYZ', /placeholder/],
      [EXAMPLE_SECRET, /placeholder/],
    ],
  },
};

for (const [name, { kind, good, bad }] of Object.entries(cases)) {
  for (const [given, value] of good) {
    test(`${name}: ${JSON.stringify(given)} is read`, () => assert.deepEqual(kind.parse(given), value));
  }
  for (const [given, problem] of bad) {
    test(`${name}: ${JSON.stringify(given.slice(0, 60))} is refused`, () => {
      assert.throws(
        () => kind.parse(given),
        (error) => error instanceof InvalidValue && problem.test(error.message),
      );
    });
  }
}

test('each option of a database URL that cannot be used is named, with what to write instead of it', () => {
  assert.throws(
    () => database().parse('postgres://me@db/latchkey?sslmode=on&pgbouncer=true&sslkey=x'),
    (error) =>
      error instanceof InvalidValue &&
      error.fix ===
        'sslmode: write sslmode=disable, allow, prefer, require, verify-ca or verify-full; pgbouncer: leave it out: Latchkey finds out by itself; sslkey: leave it out, and let the role sign in with a password',
  );
});
