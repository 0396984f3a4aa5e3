import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  IDENTIFIER_MAX_LENGTH,
  type Identifier,
  type IdentifierKind,
  isNumberIn,
  kindOf,
  parseContact,
  parseIdentifier,
  parseLogin,
} from '../../../src/core/account/index.ts';
import { AuthError } from '../../../src/core/errors.ts';

const kinds = ['email', 'phone', 'username'] as const;

function tryParse(kind: IdentifierKind, text: string): Identifier | undefined {
  try {
    return parseIdentifier(kind, text);
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    assert.deepEqual([error.code, error.facts.kind], ['identifier_invalid', kind]);
    return undefined;
  }
}

const keyOf = (kind: IdentifierKind, text: string): string | undefined => tryParse(kind, text)?.key;

/** Characters of many scripts, among them those that case and composition treat in odd ways. */
const letters = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'aAzZ09.-_+İıſKßẞςσΣǰŉǅéÉＡａ①ﬁᾳΐ\u0301\u030c\u0327٠あ한'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 12,
});
const domains = fc.constantFrom(
  'example.com',
  'EXAMPLE.com',
  'bücher.example',
  'xn--bcher-kva.example',
  '例え.テスト',
  'a.b.c.org',
);
const emails = fc.tuple(letters, domains).map(([local, domain]) => `${local}@${domain}`);
const phones = fc
  .tuple(
    fc.constantFrom('+49', '+1', '+44', '+380', '＋49'),
    fc.stringMatching(/^[0-9]{4,12}$/),
    fc.constantFrom('', ' ', '-', '(', ')'),
  )
  .map(([code, digits, mark]) => `${code}${mark}${digits}`);
const anything = fc.oneof(emails, phones, letters, fc.string({ unit: 'binary' }), fc.string());

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;

describe('for every text whatsoever', () => {
  test('reading is idempotent: what is stored reads as itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), anything, (kind, text) => {
        const identifier = tryParse(kind, text);
        if (identifier === undefined) return;
        assert.deepEqual(tryParse(kind, identifier.value), identifier);
        assert.equal(keyOf(kind, identifier.key), identifier.key);
      }),
    );
  });

  // SEC-084
  test('no key changes with case, composition, width or space around it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), anything, (kind, text) => {
        const key = keyOf(kind, text);
        if (key === undefined) return;
        for (const variant of [
          text.toLowerCase(),
          ` ${text}\t`,
          ...forms.map((form) => text.normalize(form)),
          ...forms.map((form) => text.normalize(form).toLowerCase()),
        ]) {
          // A variant may be refused for its length; it must not be somebody else.
          assert.ok([key, undefined].includes(keyOf(kind, variant)), JSON.stringify(variant));
        }
      }),
    );
  });

  // SEC-085
  test('the three kinds never overlap', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const fitting = kinds.filter((kind) => tryParse(kind, text) !== undefined);
        assert.ok(fitting.length <= 1, fitting.join());
        const [kind] = fitting;
        if (kind === undefined) return;
        const { value } = parseIdentifier(kind, text);
        assert.deepEqual([kindOf(text), kindOf(value)], [kind, kind]);
        assert.equal(parseLogin(text).value, value);
        if (kind !== 'username') assert.equal(parseContact(text).value, value);
      }),
    );
  });

  test('a login field either names somebody or is refused, and nothing else', () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const parse of [parseLogin, parseContact]) {
          try {
            assert.notEqual(parse(text).key, '');
          } catch (error) {
            assert.ok(error instanceof AuthError && error.code === 'identifier_invalid', String(error));
          }
        }
      }),
    );
  });
});

// SEC-084
test('no letter of Unicode, alone or under an accent, makes a second key by its case or composition', () => {
  const offenders: string[] = [];
  for (let point = 0x80; point < 0x1_f000; point += 1) {
    const letter = String.fromCodePoint(point);
    const lower = letter.toLowerCase();
    const varies = lower !== letter || letter.toUpperCase() !== letter || letter.normalize('NFKD') !== letter;
    if (!varies || !/\p{L}/u.test(letter)) continue;
    for (const mark of ['', '\u030c', '\u0301', '\u0331']) {
      const text = `a${letter}${mark}b`;
      const key = keyOf('username', text);
      const variants = [`a${lower}${mark}b`, text.normalize('NFD'), text.normalize('NFKC').toLowerCase()];
      // Upper case is no spelling of ß and its like, which it makes two letters of.
      if (letter.toUpperCase().toLowerCase() === letter) variants.push(text.toUpperCase());
      if (variants.some((variant) => keyOf('username', variant) !== key)) offenders.push(text);
    }
  }
  assert.deepEqual(offenders, []);
});

// SEC-084
describe('addresses that are one', () => {
  const pairs: Record<string, [string, string]> = {
    'in another case': ['alice@example.com', 'ALICE@EXAMPLE.COM'],
    'composed and decomposed': ['zoë@example.com', 'zoe\u0308@example.com'],
    'composed only after lower case': ['J\u030c@example.com', '\u01f0@example.com'],
    'in full width': ['alice@example.com', 'ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ'],
    'with the long s': ['sos@example.com', 'ſoſ@example.com'],
    'with the Kelvin sign': ['kk@example.com', '\u212aK@example.com'],
    'with a ligature': ['file@example.com', 'ﬁle@example.com'],
    'with both small sigmas': ['ΝΊΚΟΣ.Α@example.com', 'νίκος.α@example.com'],
    'with an international domain and its code': ['a@bücher.example', 'a@xn--bcher-kva.example'],
    'with the ideographic full stop': ['a@example.com', 'a@example。com'],
    'with space around them': ['alice@example.com', '\u00a0\talice@example.com \r\n'],
  };
  for (const [how, [left, right]] of Object.entries(pairs)) {
    test(how, () => {
      assert.equal(keyOf('email', left), keyOf('email', right));
      assert.notEqual(keyOf('email', left), undefined);
    });
  }
});

// SEC-084
describe('addresses that look alike and are two', () => {
  const pairs: Record<string, [string, string]> = {
    'dotless i': ['mike@example.com', 'mıke@example.com'],
    'dotted capital i': ['mike@example.com', 'mİke@example.com'],
    'Cyrillic a': ['alice@example.com', 'аlice@example.com'],
    'Cyrillic domain': ['a@example.com', 'a@ехample.com'],
    'sharp s in the local part': ['strasse@example.com', 'straße@example.com'],
    'sharp s in the domain': ['a@strasse.example', 'a@straße.example'],
    'a plus tag': ['alice@gmail.com', 'alice+tag@gmail.com'],
    'a dot, which one provider ignores': ['alice@gmail.com', 'al.ice@gmail.com'],
    'an accent': ['zoe@example.com', 'zoë@example.com'],
  };
  for (const [how, [left, right]] of Object.entries(pairs)) {
    test(how, () => {
      assert.notEqual(keyOf('email', left), undefined);
      assert.notEqual(keyOf('email', right), undefined);
      assert.notEqual(keyOf('email', left), keyOf('email', right));
    });
  }
});

test('an e-mail address is stored as it was written, in canonical characters and an ASCII domain', () => {
  assert.equal(
    parseIdentifier('email', ' Zoe\u0308.X+Tag@Bücher.Example ').value,
    'Zoë.X+Tag@xn--bcher-kva.example',
  );
  assert.equal(parseIdentifier('username', ' ZoE ').value, 'ZoE');
});

// SEC-072
describe('an address is refused', () => {
  const hostile: Record<string, string> = {
    'with a line break in the domain': 'a@vic\r\ntim.com',
    'with a line break and a header': 'a@victim.com\r\nBcc: b@evil.com',
    'with a tab in the domain': 'a@vic\ttim.com',
    'with a line break in the local part': 'a\nb@victim.com',
    'with a line separator': 'a@victim.com\u2028b',
    'with a percent escape in the domain': 'a@vic%74im.com',
    'with escaped line breaks': 'a@victim.com%0d%0aBcc:b@evil.com',
    'with a path': 'a@victim.com/evil.com',
    'with a backslash': 'a@victim.com\\evil.com',
    'with a query': 'a@victim.com?b@evil.com',
    'with a fragment': 'a@victim.com#evil.com',
    'with a port': 'a@victim.com:25',
    'with credentials': 'a@user:password@victim.com',
    'with a second at sign': 'x@evil.com@victim.org',
    'with a quoted local part': '"x@evil.com y"@victim.org',
    'with a quoted pair': 'a\\@evil.com@victim.org',
    'with a comment': 'a(comment)@victim.com',
    'with an encoded word': '=?utf-8?q?x=40evil.com=3e?=@victim.com',
    'with a display name': 'Victim <a@victim.com>',
    'that is a list': 'a@victim.com,b@evil.com',
    'that is a list with semicolons': 'a@victim.com;b@evil.com',
    'that is a group': 'friends:a@victim.com;',
    'with a space in the local part': 'a b@victim.com',
    'with a space in the domain': 'a@victim .com',
    'with a domain literal': 'a@[127.0.0.1]',
    'with an IP address': 'a@127.0.0.1',
    'with an IP address as one number': 'a@2130706433',
    'with a name in the local network': 'a@localhost',
    'with a dot at the end': 'a@victim.com.',
    'with a dot before the at sign': 'a.@victim.com',
    'with a dot at the start': '.a@victim.com',
    'with two dots': 'a..b@victim.com',
    'with an empty label': 'a@victim..com',
    'with a hyphen at a label’s start': 'a@-victim.com',
    'with a hyphen at a label’s end': 'a@victim-.com',
    'with an underscore in the domain': 'a@vic_tim.com',
    'with a numeric top level': 'a@victim.123',
    'with a top level of one letter': 'a@victim.c',
    'with a zero-width space': 'a\u200b@victim.com',
    'with a mark that nobody sees': 'a\u034f@victim.com',
    'with a filler that nobody sees': 'a\u115f@victim.com',
    'with a variation selector': 'a\ufe0f@victim.com',
    'with a mark in the domain that nobody sees': 'a@vic\u034ftim.com',
    'with a soft hyphen in the domain': 'a@vic\u00adtim.com',
    'with a direction override': 'a\u202e@victim.com',
    'with a NUL': 'a\0@victim.com',
    'with an unpaired surrogate': 'a\ud800@victim.com',
    'with broken punycode': 'a@xn--zzzzzzzzz-.com',
    'without a local part': '@victim.com',
    'without a domain': 'a@',
    'without anything': '',
    'with a local part of 65 characters': `${'a'.repeat(65)}@victim.com`,
    'of 255 characters': `${'a'.repeat(64)}@${'b'.repeat(62)}.${'c'.repeat(62)}.${'d'.repeat(60)}.com`,
    'with a label of 64 characters': `a@${'b'.repeat(64)}.com`,
    'nested ten thousand deep': `${'('.repeat(10_000)}a${')'.repeat(10_000)}@victim.com`,
    'as long as a body may be': `a@${'字'.repeat(5_000)}.com`,
    'that is a hundred thousand dots': `${'a.'.repeat(50_000)}@victim.com`,
  };
  for (const [how, address] of Object.entries(hostile)) {
    test(how, () => assert.equal(tryParse('email', address), undefined));
  }
});

/** Pairs of characters that stand in no text but around one: what a page or a messenger puts there. */
const copied = [
  ['\u202a', '\u202c'],
  ['\u2066', '\u2069'],
  ['\u200e', '\u200f'],
  ['\ufeff', '\u200b'],
  ['\u00a0\u200b', '\u200b \n'],
  ['', '\u200b'],
] as const;

describe('invisible characters that were copied with it', () => {
  for (const [kind, text] of [
    ['email', 'alice@example.com'],
    ['phone', '+4917012345678'],
    ['username', 'alice'],
  ] as const) {
    test(`are dropped at both ends of a text that is of kind ${kind}`, () => {
      for (const [before, after] of copied) {
        const typed = `${before}${text}${after}`;
        assert.equal(kindOf(typed), kind);
        assert.deepEqual(parseLogin(typed), parseLogin(text));
        if (kind !== 'username') assert.deepEqual(parseContact(typed), parseContact(text));
      }
    });

    test(`are refused inside, by the name of the kind ${kind}`, () => {
      for (const [before, after] of copied) {
        const typed = `${before}${text.slice(0, 4)}\u200b${text.slice(4)}${after}`;
        assert.equal(tryParse(kind, typed), undefined);
        // A text that is no username is more likely a mistyped address.
        const facts = { kind: kind === 'phone' ? 'phone' : 'email' };
        assert.throws(() => parseLogin(typed), { code: 'identifier_invalid', facts });
      }
    });
  }
});

// SEC-072
describe('the work for a text that is too long', () => {
  const marks = `a${'\u0315'.repeat(4_000)}${'\u0316'.repeat(4_000)}`;

  test('is none: it is refused before it is normalized', (t) => {
    const normalize = t.mock.method(String.prototype, 'normalize');
    for (const text of [marks, `${marks}@example.com`, `+49${marks}`]) {
      for (const kind of kinds) assert.equal(tryParse(kind, text), undefined);
      for (const parse of [parseLogin, parseContact])
        assert.throws(() => parse(text), { code: 'identifier_invalid' });
    }
    assert.equal(normalize.mock.callCount(), 0);
  });

  test('begins at 321 characters, before and after normalization', () => {
    const padded = (length: number) => 'alice@example.com'.padEnd(length);
    assert.notEqual(tryParse('email', padded(IDENTIFIER_MAX_LENGTH)), undefined);
    assert.equal(tryParse('email', padded(IDENTIFIER_MAX_LENGTH + 1)), undefined);
    assert.equal(tryParse('username', '\ufdfa'.repeat(IDENTIFIER_MAX_LENGTH)), undefined);
  });
});

describe('an address is accepted', () => {
  for (const address of [
    'a@b.co',
    '+tag@example.com',
    "o'neil_x-y+z!#$%&*/?=^`{|}~@sub.example.museum",
    `${'a'.repeat(64)}@example.com`,
    'пользователь@пример.рф',
    'δοκιμή@παράδειγμα.ελ',
    '用户@例子.广告',
    '1234@example.com',
  ]) {
    test(address, () => {
      const identifier = parseIdentifier('email', address);
      assert.deepEqual(parseLogin(address), identifier);
      assert.deepEqual(parseContact(address), identifier);
    });
  }
});

describe('a phone number', () => {
  for (const [typed, e164] of [
    ['+4917012345678', '+4917012345678'],
    ['+49 170 1234-5678', '+4917012345678'],
    ['+49 (170) [1234] 5678', '+4917012345678'],
    ['+49 (0)170 12345678', '+4917012345678'],
    ['＋４９１７０１２３４５６７８', '+4917012345678'],
    ['+1 (212) 555-0123', '+12125550123'],
    ['\t+442071838750\n', '+442071838750'],
  ] as const) {
    test(`${JSON.stringify(typed)} is ${e164}`, () => {
      assert.deepEqual(parseContact(typed), { kind: 'phone', value: e164, key: e164 });
    });
  }

  for (const [why, typed] of Object.entries({
    'without the country code': '017012345678',
    'with 00 for the plus': '004917012345678',
    'too short': '+4912',
    'that reads as another with each reading': '+49000000',
    'too long': `+49${'1'.repeat(14)}`,
    'for a country that is none': '+99912345678',
    'with digits of another script': '+٤٩١٧٠١٢٣٤٥٦٧٨',
    'with an extension': '+4917012345678;ext=5',
    'with a pause': '+4917012345678,,1',
    'with letters': '+1800FLOWERS',
    'with two plus signs': '++4917012345678',
    'with a plus sign inside': '+49+17012345678',
    'two numbers': '+4917012345678 +4917012345679',
    'with a NUL': '+4917012345678\0',
    'a hundred thousand digits': `+${'4'.repeat(100_000)}`,
  })) {
    test(`is refused: ${why}`, () => assert.equal(tryParse('phone', typed), undefined));
  }
});

describe('a username', () => {
  for (const name of [
    'alice',
    'A',
    '0',
    'al.ice_-!',
    'Ζωή',
    '山田',
    'x'.repeat(64),
    '👩‍🚀'.slice(0, 2),
    'a+b',
  ]) {
    test(`may be ${name}`, () => assert.equal(parseIdentifier('username', name).kind, 'username'));
  }

  for (const [why, name] of Object.entries({
    'looks like an e-mail address': 'alice@example.com',
    'contains an at sign in full width': 'alice＠example',
    'looks like a phone number': '+4917012345678',
    'begins with a plus sign in full width': '＋alice',
    'contains a space': 'al ice',
    'contains a no-break space': 'al\u00a0ice',
    'contains a zero-width joiner': 'al\u200dice',
    'contains a direction override': 'al\u202eice',
    'contains a control': 'al\u0007ice',
    'contains a NUL': 'al\0ice',
    'contains an unpaired surrogate': 'al\udc00ice',
    'contains a private character': 'al\ue000ice',
    'is empty': '',
    'is nothing but space': ' \t ',
    'is longer than 64 characters': 'x'.repeat(65),
    // One character before NFKC, eighteen after it.
    'becomes longer than 64 characters': '\ufdfa'.repeat(4),
  })) {
    test(`is refused when it ${why}`, () => assert.equal(tryParse('username', name), undefined));
  }

  test('is counted in characters, not in UTF-16 units', () => {
    assert.notEqual(tryParse('username', '𝒳😀'.repeat(32)), undefined);
    assert.equal(tryParse('username', '😀'.repeat(65)), undefined);
  });
});

test('a login that is nothing in particular is taken for a mistyped address', () => {
  for (const text of ['', ' ', 'two words', '\u200b', 'ada\u034f', 'ada\u3164', 'ada\ufe0f']) {
    assert.throws(() => parseLogin(text), { code: 'identifier_invalid', facts: { kind: 'email' } });
  }
  assert.throws(() => parseLogin('+12'), { code: 'identifier_invalid', facts: { kind: 'phone' } });
  assert.throws(() => parseContact('alice'), { code: 'identifier_invalid', facts: { kind: 'email' } });
});

test('a number is of its country and of its calling code, and of no other', () => {
  for (const [number, own, others] of [
    ['+4917112345678', ['DE', '+49'], ['AT', '+43', '+4', '+491']],
    ['+14155552671', ['US', '+1'], ['CA', 'JM']],
    ['+18765551234', ['JM', '+1'], ['US']],
    ['+447700900123', ['GB', 'JE', '+44'], ['IE']],
  ] as const) {
    for (const area of own) assert.equal(isNumberIn(number, [area, 'FR']), true, `${number} ${area}`);
    for (const area of others) assert.equal(isNumberIn(number, [area]), false, `${number} ${area}`);
    assert.equal(isNumberIn(number, []), false);
  }
});
