import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalCode, isSixDigits } from '../../../src/crypto/typed-code.ts';

describe('a code reads as it was meant', () => {
  for (const [how, typed] of Object.entries({
    'as it was sent': '012345',
    'with a space around it': ' 012345 ',
    'with a line break after it': '012345\r\n',
    'with a space inside': '012 345',
    'with a no-break space inside': '012\u00a0345',
    'with a narrow no-break space inside': '012\u202f345',
    'with an ideographic space inside': '012\u3000345',
    'with a tab between all digits': [...'012345'].join('\t'),
    'with a hyphen': '012-345',
    'with a no-break hyphen': '012\u2011345',
    'with a dash': '012\u2013345',
    'with a minus sign': '012\u2212345',
    'with a hyphen in full width': '012\uff0d345',
    'with a zero-width space': '\u200b012345',
    'with a byte order mark': '\ufeff012345',
    'between directional marks': '\u202a012345\u202c',
    'between isolates': '\u2066012345\u2069',
    'with a soft hyphen': '012\u00ad345',
    'as keycaps, without what makes them one': '0\ufe0f12345',
    'in full width': '０１２３４５',
    'in Arabic digits': '٠١٢٣٤٥',
    'in Persian digits': '۰۱۲۳۴۵',
    'in Devanagari digits': '०१२३४५',
    'in bold digits of mathematics': '𝟎𝟏𝟐𝟑𝟒𝟓',
    'in digits of several scripts': '0１٢३𝟒5',
  })) {
    test(how, () => assert.deepEqual([canonicalCode(typed), isSixDigits(typed)], ['012345', true]));
  }

  test('in the digits of every numbering system that has ten of them', () => {
    let looked = 0;
    for (const system of Intl.supportedValuesOf('numberingSystem')) {
      const write = new Intl.NumberFormat(`en-u-nu-${system}`, {
        useGrouping: false,
        minimumIntegerDigits: 1,
      });
      const digits = Array.from({ length: 10 }, (_, value) => write.format(value));
      if (!digits.every((digit) => /^\p{Nd}$/u.test(digit))) continue;
      assert.equal(canonicalCode(digits.join('')), '0123456789', system);
      looked += 1;
    }
    assert.ok(looked > 50, String(looked));
  });
});

// SEC-026
describe('what is no code stays none', () => {
  for (const [how, typed] of Object.entries({
    'five digits': '12345',
    'seven digits': '1234567',
    'a letter after them': '123456\nX',
    'a decimal point': '12345.6',
    'a list': '123456,123456',
    'numbers that are no decimal digits': '①②③④⑤⑥',
    superscripts: '¹²³⁴⁵⁶',
    'Roman numerals': 'ⅠⅡⅢⅣⅤⅥ',
    'a NUL': '123456\0',
    nothing: '',
    'nothing but separators': ' - ',
    'more separators than a code is typed with': `123${' '.repeat(60)}456`,
    'the largest code point': '\u{10ffff}',
  })) {
    test(how, () => assert.equal(isSixDigits(typed), false));
  }

  test('a text that is longer than any code is not looked at', (t) => {
    const replace = t.mock.method(String.prototype, 'replace');
    const typed = '1 '.repeat(8_000);
    assert.deepEqual([canonicalCode(typed), isSixDigits(typed)], [typed, false]);
    assert.equal(replace.mock.callCount(), 0);
  });
});
