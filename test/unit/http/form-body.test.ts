import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseForm, parseMultipart } from '../../../src/http/index.ts';

const malformed = { message: /too many fields|stands twice|not UTF-8|not encoded/, statusCode: 400 };
const parse = (text: string) => ({ ...parseForm(Buffer.from(text, 'latin1')) });
const refuses = (text: string) => assert.throws(() => parseForm(Buffer.from(text, 'latin1')), malformed);

describe('a form', () => {
  test('is read as it was written by any encoder', () => {
    const wellFormed = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.uniqueArray(wellFormed, { maxLength: 10 }), fc.array(wellFormed), (names, values) => {
        const fields = names.map((name, index): [string, string] => [name, values[index] ?? '']);
        const read = parseForm(Buffer.from(new URLSearchParams(fields).toString()));
        assert.deepEqual(Object.entries(read).toSorted(), fields.toSorted());
      }),
    );
  });

  test('may spell its characters in every way the standard knows', () => {
    assert.deepEqual(parse('username=a%40b.co&password=p+q%20r%2B%26%3d%25&empty=&bare&=nameless'), {
      username: 'a@b.co',
      password: 'p q r+&=%',
      empty: '',
      bare: '',
      '': 'nameless',
    });
    assert.deepEqual(parse(''), {});
    assert.deepEqual(parse('&&&'), {});
    assert.deepEqual(parse('a=b=c'), { a: 'b=c' });
  });

  test('carries a NUL and an escaped line break to whoever must refuse them', () => {
    assert.deepEqual(parse('password=a%00b%0d%0ac'), { password: 'a\0b\r\nc' });
  });

  // SEC-071
  test('in which a name stands twice is refused, however it is spelled', () => {
    for (const text of [
      'email=victim&email=me',
      'email=a&email=a',
      'e=1&%65=2',
      'a+b=1&a%20b=2',
      'a&a',
      '=1&=2',
    ]) {
      refuses(text);
    }
  });

  test('knows no lists and no objects: brackets are letters of a name', () => {
    assert.deepEqual(parse('a[]=1&a[x]=2&a[__proto__][y]=3'), {
      'a[]': '1',
      'a[x]': '2',
      'a[__proto__][y]': '3',
    });
    refuses('a[]=1&a[]=2');
  });

  // SEC-066
  test('makes no prototype', () => {
    const read = parseForm(Buffer.from('__proto__=x&constructor=y'));
    assert.deepEqual(Object.entries(read).toSorted(), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    assert.equal(typeof ({} as Record<string, unknown>).constructor, 'function');
  });

  // SEC-083
  test('has at most 64 fields', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, index) => `f${index}=`).join('&');
    assert.equal(Object.keys(parse(fields(64))).length, 64);
    refuses(fields(65));
    refuses(fields(100_000));
  });

  test('may have one very long field', () => {
    const [value] = Object.values(parse(`password=${'x'.repeat(1_000_000)}`));
    assert.equal(value?.length, 1_000_000);
  });
});

// SEC-040, SEC-083
describe('bytes that are no UTF-8 are refused, not replaced', () => {
  for (const escaped of [
    '%ff',
    '%fe',
    '%80',
    '%e2%98',
    '%c0%af',
    '%ed%a0%80',
    '%f4%90%80%80',
    'a%ffb',
    'p%e9',
  ]) {
    test(`escaped in a value: ${escaped}`, () => refuses(`password=${escaped}`));
    test(`escaped in a name: ${escaped}`, () => refuses(`${escaped}=1`));
  }

  test('raw', () => {
    for (const text of [
      'password=\xff',
      'password=p\xe9',
      'password=a\nb',
      'password=a\x00b',
      'password=a\x7fb',
    ]) {
      refuses(text);
    }
    // UTF-8, but not the ASCII that the standard demands.
    assert.throws(() => parseForm(Buffer.from('password=é')), malformed);
  });

  test('while the replacement character that somebody typed is one', () => {
    assert.deepEqual(parse('password=%EF%BF%BD'), { password: '\ufffd' });
    assert.deepEqual(parse('password=%ef%bf%bd'), { password: '\ufffd' });
  });

  test('also beside a replacement character that somebody typed', () => {
    refuses('note=%EF%BF%BD&password=%ff');
    refuses('password=%EF%BF%BD%ff');
  });
});

test('a percent sign that escapes nothing is a percent sign, as every browser has it', () => {
  assert.deepEqual(parse('a=100%&b=%zz&c=%4'), { a: '100%', b: '%zz', c: '%4' });
});

describe('a multipart form', () => {
  const type = 'multipart/form-data; boundary=limit';
  const part = (name: string, value: string, more = '') =>
    `--limit\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const read = async (...parts: string[]) => ({
    ...(await parseMultipart(Buffer.from(`${parts.join('')}--limit--\r\n`), type)),
  });
  const refuses = (body: Buffer | string, contentType = type) =>
    assert.rejects(parseMultipart(Buffer.from(body), contentType), { statusCode: 400 });

  test('is read as every standard encoder writes it', async () => {
    const form = new FormData();
    form.set('username', 'grüße@example.com');
    form.set('password', ' "quoted" \r\n two lines % + & \u{1f511}\ufffd ');
    form.set('empty', '');
    const request = new Request('http://localhost', { method: 'POST', body: form });
    const body = Buffer.from(await request.arrayBuffer());
    const fields = await parseMultipart(body, request.headers.get('content-type') ?? '');
    assert.deepEqual({ ...fields }, Object.fromEntries(form));
  });

  test('may have a short boundary, a part with a content type, and no part at all', async () => {
    assert.deepEqual(
      await read(part('a', '1'), part('b', '2', '\r\ncontent-type: text/plain; charset=utf-8')),
      {
        a: '1',
        b: '2',
      },
    );
    assert.deepEqual(await read(), {});
  });

  test('has no prototype to pollute', async () => {
    const fields = await read(part('__proto__', 'x'), part('constructor', 'y'));
    assert.equal(Object.getPrototypeOf({}).x, undefined);
    assert.equal(Object.hasOwn(fields, 'constructor'), true);
  });

  test('that is broken, ambiguous, too much or no text is refused', async () => {
    await refuses(part('a', '1'));
    await refuses('');
    await refuses('--limit\r\n\r\n');
    await refuses('username=a&password=b');
    await refuses(`${part('a', '1')}--limit--\r\n`, 'multipart/form-data');
    await refuses(`${part('a', '1')}${part('a', '2')}--limit--\r\n`);
    await refuses(`${part('a', 'x', '; filename="x.txt"')}--limit--\r\n`);
    await refuses(
      `${Array.from({ length: 65 }, (_, index) => part(`f${index}`, 'x')).join('')}--limit--\r\n`,
    );
    // Ends in the middle of a file, which tells so on a stream that nobody reads (SEC-100).
    await refuses('--limit\r\ncontent-disposition: form-data; name="x"; filename="x"\r\n\r\na');
    await refuses(
      '--limit\r\ncontent-disposition: form-data; name="x"\r\ncontent-type: application/octet-stream\r\n\r\na',
    );
    await new Promise((resolve) => setImmediate(resolve));
    const broken = Buffer.from(`${part('a', 'x?x')}--limit--\r\n`, 'latin1');
    broken[broken.indexOf('?')] = 0xff;
    await refuses(broken);
    await refuses(Buffer.concat([Buffer.from('\ufffd\r\n'), broken]));
  });

  test('is refused when a part of it is in another charset', async () => {
    const inCharset = (type: string) =>
      `--limit\r\ncontent-disposition: form-data; name="a"\r\n${type}\r\n\r\nxx\r\n--limit--\r\n`;
    await refuses(inCharset('Content-Type: text/plain; charset=utf-16le'));
    await refuses(inCharset('content-type: text/plain; charset=utf-7'));
    assert.deepEqual(await read(part('a', 'xx')), { a: 'xx' });
    const utf8 = inCharset('Content-Type: text/plain; charset=UTF-8');
    assert.deepEqual({ ...(await parseMultipart(Buffer.from(utf8), type)) }, { a: 'xx' });
  });

  // Java's HttpClient names ISO-8859-1 for every text that nothing else is said of.
  test('may name, for a part of ASCII, any charset that begins with ASCII', async () => {
    const latin = (name: string, value: string) =>
      part(name, value, '\r\ncontent-type: text/plain;\r\n charset="ISO-8859-1"');
    assert.deepEqual(await read(latin('a', 'xx'), part('b', 'grüße'), latin('c', '\r\n')), {
      a: 'xx',
      b: 'grüße',
      c: '\r\n',
    });
    await refuses(`${latin('a', 'xx')}${latin('b', 'grüße')}--limit--\r\n`);
  });
});
