import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { AuthError } from '../../../src/core/errors.ts';
import { readBearer } from '../../../src/http/index.ts';

/** As Node hands it over: the first of several, and all of them raw. */
function request(...authorizations: string[]): IncomingMessage {
  const [authorization] = authorizations;
  const rawHeaders = authorizations.flatMap((value, index) => [
    index % 2 === 0 ? 'Authorization' : 'AUTHORIZATION',
    value,
  ]);
  return {
    headers: { authorization },
    rawHeaders: ['Host', 'x', ...rawHeaders],
  } as unknown as IncomingMessage;
}

function codeOf(...authorizations: string[]): string {
  try {
    readBearer(request(...authorizations));
    return 'read';
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    return error.code;
  }
}

// SEC-051
describe('a bearer token', () => {
  test('is what stands after the scheme, in whatever case the scheme is', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
      assert.equal(readBearer(request(`${scheme} abc.def-_~+/=`)), 'abc.def-_~+/=');
    }
    assert.equal(readBearer(request(`Bearer ${'x'.repeat(4096)}`)).length, 4096);
  });

  // RFC 6750 §2.1
  test('stands after one space or more', () => {
    for (const spaces of [' ', '  ', ' '.repeat(1_000)]) {
      assert.equal(readBearer(request(`Bearer${spaces}abc`)), 'abc');
    }
  });

  test('is missing without a header, and under any other scheme', () => {
    assert.equal(codeOf(), 'token_missing');
    for (const header of [
      '',
      'Basic YWxpY2U6cHc=',
      'Digest x',
      'Token abc',
      'abc',
      'BearerX abc',
      ' Bearer abc',
      'a Bearer b',
    ]) {
      assert.equal(codeOf(header), 'token_missing', JSON.stringify(header));
    }
  });

  for (const [how, header] of Object.entries({
    'nothing after the scheme': 'Bearer',
    'only a space after it': 'Bearer ',
    'a space and a tab': 'Bearer \tabc',
    'a tab': 'Bearer\tabc',
    'a line break': 'Bearer\nabc',
    'a space at the end': 'Bearer abc ',
    'a second token': 'Bearer abc def',
    'a list': 'Bearer abc, Bearer def',
    'a letter outside ASCII': 'Bearer abcé',
    'a no-break space': 'Bearer\u00a0abc',
    'a control character': 'Bearer abc\u007f',
    'a NUL': 'Bearer abc\0',
    'a character more than the longest': `Bearer ${'x'.repeat(4097)}`,
    'a hundred kilobytes': `Bearer ${'x'.repeat(100_000)}`,
  })) {
    test(`cannot be read from ${how}`, () => assert.equal(codeOf(header), 'token_invalid'));
  }

  test('is not chosen between two headers, not even between two equal ones', () => {
    assert.equal(codeOf('Bearer abc', 'Bearer def'), 'token_invalid');
    assert.equal(codeOf('Bearer abc', 'Bearer abc'), 'token_invalid');
    assert.equal(codeOf('Bearer abc', 'Basic x'), 'token_invalid');
  });

  test('may be anything printable: what it means is not decided here', () => {
    assert.equal(readBearer(request('Bearer alice')), 'alice');
    assert.equal(readBearer(request(`Bearer a.'OR/**/1=1--`)), `a.'OR/**/1=1--`);
  });
});
