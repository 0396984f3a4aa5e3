import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Challenge, type ChallengeForm, ChallengeSecrets } from '../../../src/core/challenge/index.ts';
import { systemRandom } from '../../../src/crypto/random.ts';

const key = randomBytes(32);
const secrets = new ChallengeSecrets(key, systemRandom);

function challengeFor(form: ChallengeForm, secret: string, change: Partial<Challenge> = {}): Challenge {
  const binding = {
    id: randomUUID(),
    ownerKey: randomUUID(),
    purpose: 'sign_in',
    channel: 'email',
  } as const;
  return {
    ...binding,
    accountId: binding.ownerKey,
    target: 'a@example.com',
    address: 'A@example.com',
    form,
    secretDigest: secrets.digest(form, secret, { ...binding, contract: 'fabric' }),
    epoch: 0,
    createdAt: 0,
    expiresAt: 1,
    ...change,
  };
}

// SEC-025
describe('codes', () => {
  test('have six digits, leading zeros and all', () => {
    for (const [drawn, code] of [
      [0, '000000'],
      [42, '000042'],
      [99_999, '099999'],
      [999_999, '999999'],
    ] as const) {
      const asked: number[] = [];
      const int = (max: number) => {
        asked.push(max);
        return drawn;
      };
      assert.equal(new ChallengeSecrets(key, { ...systemRandom, int }).make('code'), code);
      assert.deepEqual(asked, [1_000_000], 'one draw from all there are, so that none is likelier');
    }
  });

  test('are uniform in every digit, and no digit follows from the one before', () => {
    const count = 100_000;
    const places = Array.from({ length: 6 }, () => new Array<number>(10).fill(0));
    const pairs = new Array<number>(100).fill(0);
    for (let index = 0; index < count; index += 1) {
      const digits = [...secrets.make('code')].map(Number);
      digits.forEach((digit, place) => {
        const tally = places[place] ?? [];
        tally[digit] = (tally[digit] ?? 0) + 1;
      });
      const pair = (digits[0] ?? 0) * 10 + (digits[5] ?? 0);
      pairs[pair] = (pairs[pair] ?? 0) + 1;
    }
    const chiSquare = (tally: readonly number[]) => {
      const expected = count / tally.length;
      return tally.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    };
    // Nine and 99 degrees of freedom; a fair generator goes beyond these once in more than 10^10 runs.
    for (const tally of places) assert.ok(chiSquare(tally) < 72, String(chiSquare(tally)));
    assert.ok(chiSquare(pairs) < 220, String(chiSquare(pairs)));
  });

  test('match the challenge they were made for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (number) => {
        const code = String(number).padStart(6, '0');
        const challenge = challengeFor('code', code);
        assert.equal(secrets.matches(challenge, code, 'fabric'), true);
        const other = String((number + 1) % 1_000_000).padStart(6, '0');
        assert.equal(secrets.matches(challenge, other, 'fabric'), false);
      }),
    );
  });

  // SEC-022
  for (const [what, change] of Object.entries({
    id: { id: randomUUID() },
    owner: { ownerKey: randomUUID() },
    purpose: { purpose: 'password_recovery' },
    channel: { channel: 'sms' },
  } satisfies Record<string, Partial<Challenge>>)) {
    test(`are worth nothing for a challenge with another ${what}`, () => {
      const challenge = challengeFor('code', '481516');
      assert.equal(secrets.matches(challenge, '481516', 'fabric'), true);
      assert.equal(secrets.matches({ ...challenge, ...change }, '481516', 'fabric'), false);
    });
  }

  for (const [form, secret] of [
    ['code', '481516'],
    ['link', 'the token of a link'],
  ] as const) {
    // SEC-050
    test(`a ${form} that one contract sent is worth nothing at another`, () => {
      const challenge = challengeFor(form, secret);
      assert.equal(secrets.matches(challenge, secret, 'fabric'), true);
      assert.equal(secrets.matches(challenge, secret, 'notes'), false);
    });
  }

  test('cannot be told from their digest without the key', () => {
    const challenge = challengeFor('code', '481516');
    const stranger = new ChallengeSecrets(randomBytes(32), systemRandom);
    assert.equal(stranger.matches(challenge, '481516', 'fabric'), false);
    assert.equal(challenge.secretDigest.byteLength, 32);
  });

  // SEC-026
  test('are right however they were typed: a digest is of the digits', () => {
    const challenge = challengeFor('code', '123456');
    for (const answer of [
      '123456\n',
      ' 123 456',
      '123-456',
      '\u202a123456\u202c',
      '１２３４５６',
      '١٢٣٤٥٦',
    ]) {
      assert.equal(secrets.isCode(answer), true, JSON.stringify(answer));
      assert.equal(secrets.matches(challenge, answer, 'fabric'), true, JSON.stringify(answer));
    }
  });

  // SEC-026
  test('are six digits and nothing else', () => {
    const challenge = challengeFor('code', '123456');
    for (const answer of [
      '123456\nX',
      '12345',
      '0123456',
      '1234567',
      '123456.0',
      '1e5',
      '+123456',
      '123456\0',
      `123${' '.repeat(100)}456`,
      '',
      '\ud800',
      '1'.repeat(10_240),
    ]) {
      assert.equal(secrets.matches(challenge, answer, 'fabric'), false, JSON.stringify(answer.slice(0, 20)));
    }
  });
});

describe('links', () => {
  test('carry 256 bits, written for a URL', () => {
    const tokens = new Set(Array.from({ length: 100 }, () => secrets.make('link')));
    assert.equal(tokens.size, 100);
    for (const token of tokens) {
      assert.match(token, /^[A-Za-z0-9_-]{43}$/);
      assert.equal(Buffer.from(token, 'base64url').byteLength, 32);
    }
  });

  test('match the challenge they were made for, byte for byte', () => {
    let token = secrets.make('link');
    // One with a dash, which is dropped from codes.
    while (!/[-_]/.test(token)) token = secrets.make('link');
    const challenge = challengeFor('link', token);
    assert.equal(secrets.matches(challenge, token, 'fabric'), true);
    for (const answer of [
      secrets.make('link'),
      `${token}=`,
      ` ${token}`,
      `${token}\n`,
      token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase(),
      token.slice(1),
      token.replaceAll(/[-_]/g, ''),
      `${token}${'x'.repeat(10_000)}`,
      '',
      '123456',
    ]) {
      assert.equal(secrets.matches(challenge, answer, 'fabric'), false, JSON.stringify(answer));
    }
  });

  test('do not answer a challenge for a code, nor codes one for a link', () => {
    const token = secrets.make('link');
    const binding = { id: 'i', ownerKey: 'a', purpose: 'sign_in', channel: 'email' } as const;
    const asCode = {
      ...challengeFor('code', '123456'),
      secretDigest: secrets.digest('link', token, { ...binding, contract: 'fabric' }),
    };
    assert.equal(secrets.matches(asCode, token, 'fabric'), false);
    const asLink = challengeFor('link', token, {
      ...binding,
      secretDigest: secrets.digest('code', '123456', { ...binding, contract: 'fabric' }),
    });
    assert.equal(secrets.matches(asLink, '123456', 'fabric'), false);
  });
});
