import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dictionary } from '@zxcvbn-ts/language-common';
import fc from 'fast-check';
import {
  assertChanged,
  assertStrongPassword,
  canonicalPassword,
  isPasswordTooLong,
  type OwnIdentifiers,
  PASSWORD_MAX_BYTES,
  type PasswordPolicy,
} from '../../../src/core/credential/index.ts';
import { AuthError } from '../../../src/core/errors.ts';

const plain: PasswordPolicy = { minLength: 8 };

/** The rule that a password breaks, or undefined. */
function broken(password: string, policy: PasswordPolicy = plain, own: OwnIdentifiers = {}) {
  try {
    assertStrongPassword(password, policy, own);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof AuthError && error.code === 'password_weak', String(error));
    return error.facts.rule;
  }
}

describe('length', () => {
  test('is demanded by the policy of the door', () => {
    assert.equal(broken('zq7vkw2'), 'too_short');
    assert.equal(broken('zq7vkw2x'), undefined);
    assert.equal(broken('zq7vkw2x', { minLength: 9 }), 'too_short');
    assert.equal(broken(''), 'too_short');
  });

  // SEC-041
  test('is counted in code points', () => {
    const emoji = [...'🦊🐢🦉🐙🦀🐝🦋🐌'];
    assert.equal(broken(emoji.join('')), undefined);
    assert.equal(broken(emoji.slice(1).join('')), 'too_short');
    // One family on the screen, seven code points.
    assert.equal(broken('👩‍👩‍👧‍👦'), 'too_short');
  });

  // SEC-041
  test('is counted after composition: what one keyboard sends as two, another sends as one', () => {
    assert.equal(broken('e\u0301'.repeat(7)), 'too_short');
    assert.equal(broken('\u00e9'.repeat(7)), 'too_short');
    assert.equal(broken(`e\u0301${'xq7vkw2'}`), undefined);
  });

  // SEC-038, SEC-043
  test('ends at 1,024 bytes, of the composed form', () => {
    assert.equal(PASSWORD_MAX_BYTES, 1024);
    assert.equal(broken('x7'.repeat(512)), undefined);
    assert.equal(broken(`${'x7'.repeat(512)}y`), 'too_long');
    assert.equal(broken('éß'.repeat(256)), undefined);
    assert.equal(broken(`${'éß'.repeat(256)}a`), 'too_long');
    assert.equal(broken('e\u0301ß'.repeat(256)), undefined);
    // Decomposed by composition: three bytes become six.
    assert.equal(broken('\u0958'.repeat(171)), 'too_long');
    assert.equal(broken('x'.repeat(1_000_000)), 'too_long');
  });
});

// SEC-043
test('a text of more than 4,096 bytes is too long before it is normalized, whatever it is used for', (t) => {
  const normalize = t.mock.method(String.prototype, 'normalize');
  const endless = `a${'\u0315'.repeat(2_000)}${'\u0316'.repeat(2_000)}`;
  const tooLong = { code: 'password_weak', facts: { rule: 'too_long', rules: ['too_long'] } };
  assert.equal(isPasswordTooLong(endless), true);
  assert.throws(() => canonicalPassword(endless), tooLong);
  assert.throws(() => assertStrongPassword(endless, plain, {}), tooLong);
  assert.throws(() => assertChanged('zq7vkw2x', endless, { ...plain, refuseUnchanged: true }), tooLong);
  const normalized = normalize.mock.calls.map(({ this: text }) => String(text).length);
  assert.deepEqual(
    normalized.filter((length) => length > 8),
    [],
  );
});

test('every password that may be set may be sent in its longest spelling', () => {
  // Hangul is what composition shortens most: three letters of three bytes to a syllable of three.
  const longest = '각'.repeat(341).normalize('NFD');
  assert.equal(Buffer.byteLength(longest), 3_069);
  assert.equal(isPasswordTooLong(longest), false);
  assert.equal(broken(longest), undefined);
  assert.equal(isPasswordTooLong('x'.repeat(1_024)), false);
  assert.equal(isPasswordTooLong('x'.repeat(1_025)), true);
});

// SEC-042
describe('what everybody guesses is refused', () => {
  test('the whole list of common passwords, which has more than ten thousand', () => {
    const list = dictionary['passwords-common'].map(String);
    assert.ok(list.length >= 10_000);
    const accepted = list.filter((password) => broken(password, { minLength: 1 }) !== 'common');
    assert.deepEqual(accepted, []);
  });

  test('in any case', () => {
    for (const password of ['password1', 'PassWord1', 'QWERTYUIOP', 'iLoveYou', 'Football1']) {
      assert.equal(broken(password), 'common', password);
    }
  });

  test('digits alone, of any script, where the door says so', () => {
    const policy = { ...plain, refuseEntirelyNumeric: true };
    for (const password of ['8462957310', '٨٤٦٢٩٥٧٣١٠', '８４６２９５７３１０']) {
      assert.equal(broken(password, policy), 'entirely_numeric', password);
      assert.equal(broken(password), undefined, password);
    }
    assert.equal(broken('8462957310x', policy), undefined);
    assert.equal(broken('-8462957310', policy), undefined);
  });
});

describe('what resembles the account is refused', () => {
  const own: OwnIdentifiers = {
    username: 'wonderland',
    email: 'Alice.Liddell@looking-glass.example',
    phone: '+4917012345678',
    fullName: 'Alice Pleasance Liddell',
  };
  for (const [how, password] of Object.entries({
    'the username': 'wonderland',
    'the username in capitals': 'WONDERLAND',
    'the username and a digit': 'wonderland1',
    'the username with a letter exchanged': 'wonder1and',
    'the e-mail address': 'alice.liddell@looking-glass.example',
    'its local part': 'alice.liddell',
    'its local part without the dot': 'aliceliddell',
    'its domain': 'looking-glass',
    'the phone number': '+4917012345678',
    'the phone number without its plus sign': '4917012345678',
    'the full name': 'alice pleasance liddell',
    'one of the names': 'pleasance',
    'one of the names and a year': 'liddell1852',
  })) {
    test(how, () => assert.equal(broken(password, plain, own), 'similar'));
  }

  test('in characters beyond UTF-16’s first plane too', () => {
    const username = '𝒲𝓸𝓷𝓭𝓮𝓻𝓵𝓪𝓷𝓭';
    assert.equal(broken(username, plain, { username }), 'similar');
    assert.equal(broken(`${username}!`, plain, { username }), 'similar');
  });

  test('but not what only shares some letters with it', () => {
    for (const password of ['white rabbit late', 'curiouser & curiouser', 'zq7vkw2x']) {
      assert.equal(broken(password, plain, own), undefined, password);
    }
  });

  test('nor what is like a part too short to tell anything', () => {
    const own = { username: 'zq', fullName: 'Q Z Zq' };
    assert.equal(broken('zq', { minLength: 1 }, own), undefined);
    assert.equal(broken('zqzqzqzq', plain, own), undefined);
  });

  test('nor what is like what the account does not have', () => {
    const nothing = { username: null, email: null, phone: null, fullName: null };
    assert.equal(broken('wonderland-xyz', plain, nothing), undefined);
    assert.equal(broken('wonderland-xyz'), undefined);
  });

  test('however long the account’s name is', () => {
    const fullName = `${'long '.repeat(20_000)}liddell`;
    assert.equal(broken('liddell1', plain, { fullName }), 'similar');
    assert.equal(broken('zq7vkw2x', plain, { fullName }), undefined);
  });
});

// SEC-042
test('no composition is demanded: phrases with spaces and a single kind of character are fine', () => {
  for (const password of [
    'correct horse battery staple',
    'allsmallandlongenough',
    'ŽLUŤOUČKÝ KŮŇ ÚPĚL',
    '   spaces  around   ',
    '日本語のパスワード',
    '!?!?;:;:-_-_',
  ]) {
    assert.equal(broken(password), undefined, password);
  }
});

test('the first broken rule is told, in one order for everybody', () => {
  assert.equal(
    broken('1234567', { minLength: 8, refuseEntirelyNumeric: true }, { username: '1234567' }),
    'too_short',
  );
  assert.equal(
    broken('12345678', { minLength: 8, refuseEntirelyNumeric: true }, { username: '12345678' }),
    'similar',
  );
  assert.equal(broken('12345678', { minLength: 8, refuseEntirelyNumeric: true }), 'common');
});

// SEC-041
describe('the canonical form of a password', () => {
  test('is the same for every composition of the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (password) => {
        const canonical = canonicalPassword(password);
        assert.equal(canonicalPassword(password.normalize('NFD')), canonical);
        assert.equal(canonicalPassword(canonical), canonical);
      }),
    );
  });

  test('keeps apart what only looks alike: width, case, ligatures, spaces', () => {
    for (const [left, right] of [
      ['ｐａｓｓ', 'pass'],
      ['Pass', 'pass'],
      ['ﬁ', 'fi'],
      [' pass', 'pass'],
      ['pass\0A', 'pass\0B'],
      ['pass\0', 'pass'],
    ] as const) {
      assert.notEqual(canonicalPassword(left), canonicalPassword(right));
    }
  });
});
