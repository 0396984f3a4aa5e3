import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from '../../../src/http/index.ts';

const malformed = { message: /not JSON|stands twice|too deeply/, statusCode: 400 };
const parse = (text: string) => parseJson(Buffer.from(text));
const refuses = (body: string | Buffer) => assert.throws(() => parseJson(Buffer.from(body)), malformed);

describe('a document that is one', () => {
  test('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, noUnicodeString: false }),
        fc.constantFrom(undefined, 1, '\t', ' \r\n'),
        (value, space) => {
          const text = JSON.stringify(value, null, space);
          assert.deepEqual(parse(text), JSON.parse(text));
        },
      ),
    );
  });

  test('is read whatever its names and texts look like', () => {
    for (const text of [
      '{"a":"\\"b\\":","b":"{[}]","c":"\\\\"}',
      '{"a":{"b":1},"b":{"a":1}}',
      '[{"a":1},{"a":2}]',
      '{"a":["a","a"],"":1," ":2}',
      '{"{":1,"}":2,"[":3}',
      '{"a" \t\r\n :1}',
      '{"\\ud83d\\ude00":1,"😁":2}',
      '{"\\ud800":1,"\\udbff":2}',
      '"a text"',
      'null',
      '-1.5e-3',
      ' [ ] ',
    ]) {
      assert.deepEqual(parse(text), JSON.parse(text), text);
    }
  });

  // RFC 8259 §8.1
  test('may begin with one byte order mark', () => {
    assert.deepEqual(parse('\ufeff{"a":"\ufeff"}'), { a: '\ufeff' });
    refuses('\ufeff\ufeff{"a":1}');
    refuses('{"a":1}\ufeff');
    refuses('\ufeff');
  });

  test('that is empty is nothing', () => assert.equal(parse(''), undefined));
});

// SEC-082
describe('a name that stands twice has no meaning', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":[{"d":1,"d":2}]}}',
    '{"a":1,"\\u0061":2}',
    '{"\\u0061":1,"\\u0061":2}',
    '{"a\\/":1,"a/":2}',
    '{"a":{"b":1},"a":{"b":2}}',
    '{"a":[{"a":1}],"x":"a","a":2}',
    '{"a" :1,"a"\n:2}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ]) {
    test(JSON.stringify(text), () => refuses(text));
  }

  test('wherever a random document has it', () => {
    const name = fc.string({ maxLength: 4 });
    fc.assert(
      fc.property(
        name,
        fc.jsonValue({ maxDepth: 2 }),
        fc.jsonValue({ maxDepth: 2 }),
        (twice, left, right) => {
          const [key, one, other] = [twice, left, right].map((part) => JSON.stringify(part));
          refuses(`[{"other${key?.slice(1)}:0,${key}:${one},${key}:${other}}]`);
        },
      ),
    );
  });
});

// SEC-082
describe('depth', () => {
  const nested = (depth: number, open: string, close: string) =>
    `${open.repeat(depth)}1${close.repeat(depth)}`;

  test('goes to eight', () => {
    assert.deepEqual(parse(nested(8, '[', ']')), [[[[[[[[1]]]]]]]]);
    assert.doesNotThrow(() => parse(nested(8, '{"a":', '}')));
  });

  test('goes no further, not even a hundred thousand', () => {
    for (const depth of [9, 100, 100_000]) {
      refuses(nested(depth, '[', ']'));
      refuses(nested(depth, '{"a":', '}'));
    }
  });

  test('is not counted in texts, nor across neighbours', () => {
    assert.equal(parse(JSON.stringify('['.repeat(100))), '['.repeat(100));
    const wide = Array.from({ length: 1_000 }, () => [[1]]);
    assert.deepEqual(parse(JSON.stringify(wide)), wide);
  });
});

// SEC-040
describe('bytes that are no UTF-8 are refused, not replaced', () => {
  const wrap = (...bytes: number[]) =>
    Buffer.concat([Buffer.from('{"password":"'), Buffer.from(bytes), Buffer.from('"}')]);
  for (const [how, bytes] of Object.entries({
    'a byte that begins nothing': [0xff],
    'another such byte': [0xfe],
    'a continuation alone': [0x80],
    'a sequence cut short': [0xe2, 0x98],
    'an overlong sequence': [0xc0, 0xaf],
    'a surrogate': [0xed, 0xa0, 0x80],
    'beyond Unicode': [0xf4, 0x90, 0x80, 0x80],
    'Latin-1': [0x70, 0xe9],
  })) {
    test(how, () => refuses(wrap(...bytes)));
  }

  test('while what is UTF-8 arrives as it was sent', () => {
    assert.deepEqual(parseJson(wrap(0xef, 0xbf, 0xbd)), { password: '\ufffd' });
    assert.deepEqual(parse('{"password":"p\\u0000☃😀"}'), { password: 'p\0☃😀' });
  });

  test('other encodings, with a byte order mark or without', () => {
    refuses(Buffer.from('{"a":1}', 'utf16le'));
    refuses(Buffer.from('\ufeff{"a":1}', 'utf16le'));
  });
});

// SEC-066
test('no name makes a prototype', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString']) {
    const value = parse(`{"${name}":{"is_superuser":true}}`) as { is_superuser?: unknown };
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(value.is_superuser, undefined);
    assert.deepEqual(Object.keys(value), [name]);
  }
  assert.equal(({} as { is_superuser?: unknown }).is_superuser, undefined);
});

// SEC-082
describe('what is no JSON is refused', () => {
  for (const text of [
    '{"a":1}x',
    '{"a":1}{"b":2}',
    '{"a":1,}',
    "{'a':1}",
    '{a:1}',
    '{"a":01}',
    '{"a":NaN}',
    '{"a":Infinity}',
    '{"a":"\n"}',
    '{"a":"\\x41"}',
    '// comment\n{}',
    '{"a":undefined}',
    '\u00a0{}',
    ' ',
    'a=1&b=2',
  ]) {
    test(JSON.stringify(text), () => refuses(text));
  }

  test('whatever the bytes are, nothing but a refusal is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(Buffer.from(bytes));
        } catch (error) {
          assert.match(String(error), malformed.message);
        }
      }),
    );
  });
});
