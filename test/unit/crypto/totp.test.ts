import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { systemRandom } from '../../../src/crypto/random.ts';
import { makeTotpSecret, matchingTotpStep, totpAt, totpStepAt, totpUri } from '../../../src/crypto/totp.ts';
import { toolTest } from '../../support/tools.ts';

/** RFC 6238, appendix B: the ASCII text 12345678901234567890. */
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const STEP = 30_000;

// SEC-031
test('codes are those of RFC 6238, appendix B', () => {
  // The appendix prints eight digits; a code of six is their end.
  const vectors: readonly (readonly [seconds: number, code: string])[] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ];
  for (const [seconds, code] of vectors) {
    assert.equal(totpAt(RFC_SECRET, seconds * 1000), code);
    assert.equal(matchingTotpStep(RFC_SECRET, code, seconds * 1000), Math.floor(seconds / 30));
  }
});

// SEC-031
toolTest('oathtool', 'a thousand random secrets and instants give the codes that oathtool gives', () => {
  const pairs = Array.from({ length: 1_000 }, () => ({
    secret: makeTotpSecret(systemRandom),
    seconds: randomInt(0, 4_102_444_800),
  }));
  // One shell for all of them: a process each would take most of a minute.
  const script = pairs.map(({ secret, seconds }) => `oathtool --totp -b ${secret} -N @${seconds}`).join('\n');
  const expected = execFileSync('sh', ['-e'], { input: script, encoding: 'utf8' }).trim().split('\n');
  assert.equal(expected.length, pairs.length);
  const codes = pairs.map(({ secret, seconds }) => totpAt(secret, seconds * 1000));
  assert.deepEqual(codes, expected);
  assert.ok(
    codes.some((code) => code.startsWith('0')),
    'leading zeros are kept',
  );
});

// SEC-034
test('a code is good one step early and one step late, and no further', () => {
  const secret = makeTotpSecret(systemRandom);
  const now = Date.UTC(2026, 0, 1, 12) + 7_000;
  for (const offset of [-3, -2, -1, 0, 1, 2, 3]) {
    const step = matchingTotpStep(secret, totpAt(secret, now + offset * STEP), now);
    assert.equal(step, Math.abs(offset) <= 1 ? totpStepAt(now) + offset : undefined, `step ${offset}`);
  }
});

test('a window ends with its step, not thirty seconds after the code was shown', () => {
  const secret = makeTotpSecret(systemRandom);
  const start = Date.UTC(2026, 0, 1, 12);
  const code = totpAt(secret, start);
  assert.equal(matchingTotpStep(secret, code, start + 2 * STEP - 1), totpStepAt(start));
  assert.equal(matchingTotpStep(secret, code, start + 2 * STEP), undefined);
  assert.equal(matchingTotpStep(secret, code, start - STEP), totpStepAt(start));
  assert.equal(matchingTotpStep(secret, code, start - STEP - 1), undefined);
});

// SEC-026
test('a code is right however it was typed', () => {
  const secret = makeTotpSecret(systemRandom);
  const start = Date.UTC(2026, 0, 1, 12);
  const code = totpAt(secret, start);
  for (const typed of [
    `${code}\n`,
    ` ${code.slice(0, 3)} ${code.slice(3)}`,
    `${code.slice(0, 3)}-${code.slice(3)}`,
    `\u202a${code}\u202c`,
    [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
    [...code].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
  ]) {
    assert.equal(matchingTotpStep(secret, typed, start), totpStepAt(start), JSON.stringify(typed));
  }
});

// SEC-026
test('nothing but six digits can be a code', () => {
  for (const text of [
    '',
    '12345',
    '1234567',
    '12345a',
    '123456\nX',
    '+12345',
    '287082 287082',
    '①②③④⑤⑥',
    `287${' '.repeat(100)}082`,
  ]) {
    assert.equal(matchingTotpStep(RFC_SECRET, text, 59_000), undefined, JSON.stringify(text));
  }
  assert.notEqual(matchingTotpStep(RFC_SECRET, '287082', 59_000), undefined);
});

test('a secret is twenty bytes in base32 without padding, another one each time', () => {
  const secrets = Array.from({ length: 50 }, () => makeTotpSecret(systemRandom));
  for (const secret of secrets) assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.equal(new Set(secrets).size, 50);
  const known = {
    ...systemRandom,
    bytes: (length: number) => Buffer.from('12345678901234567890').subarray(0, length),
  };
  assert.equal(makeTotpSecret(known), RFC_SECRET);
});

test('the URI names issuer and account, so that an app can show them', () => {
  const uri = new URL(totpUri(RFC_SECRET, { issuer: 'Acme & Söhne: 1', account: 'alice+x@example.com' }));
  assert.equal(`${uri.protocol}//${uri.host}`, 'otpauth://totp');
  assert.equal(decodeURIComponent(uri.pathname), '/Acme & Söhne: 1:alice+x@example.com');
  assert.deepEqual(Object.fromEntries(uri.searchParams), {
    issuer: 'Acme & Söhne: 1',
    secret: RFC_SECRET,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});

test('no code of another secret opens anything', () => {
  const now = Date.UTC(2026, 0, 1, 12);
  const code = totpAt(RFC_SECRET, now);
  const others = Array.from({ length: 20 }, () => makeTotpSecret({ ...systemRandom, bytes: randomBytes }));
  // One in 333,000 would, by chance: twenty do not all.
  assert.ok(others.some((secret) => matchingTotpStep(secret, code, now) === undefined));
});
