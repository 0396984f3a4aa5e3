import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as bodies from '../../../src/contracts/fabric/bodies.ts';
import { readBody } from '../../../src/contracts/fabric/validation.ts';
import { AnswerError } from '../../../src/http/index.ts';

/** Every field that takes any text, of every body; the others take one of a few words. */
const textFields = Object.entries(bodies).flatMap(([body, fields]) =>
  Object.entries(fields)
    .filter(([name]) => name !== 'method' && name !== 'verification_type')
    .map(([name, field]) => ({ about: `${body}.${name}`, name, fields: { [name]: field } })),
);

/** What a field is read as, or the words in which it is refused. */
function reads({ fields, name }: (typeof textFields)[number], value: unknown): unknown {
  try {
    return readBody(fields, { [name]: value })[name];
  } catch (error) {
    assert.ok(error instanceof AnswerError, String(error));
    return error.answer.body;
  }
}

test('every text field reads an integer as its decimal text, and pads a code to six digits', () => {
  assert.ok(textFields.length > 15);
  for (const field of textFields) {
    const padded = field.name === 'code' ? '000042' : '42';
    assert.equal(reads(field, 42), padded, field.about);
    assert.equal(reads(field, 481_516), '481516', field.about);
    assert.equal(reads(field, Number.MAX_SAFE_INTEGER), '9007199254740991', field.about);
    assert.equal(reads(field, -7), '-7', field.about);
    assert.equal(reads(field, '42'), '42', field.about);
  }
});

test('no text field takes a boolean, a list, an object or a number that may not be the one that was sent', () => {
  for (const field of textFields) {
    const refusal = { error_code: 'invalid', detail: { [field.name]: 'Not a valid string.' } };
    for (const value of [true, false, [42], { value: 42 }, 4.2, 2 ** 53, 1e300, Number.POSITIVE_INFINITY])
      assert.deepEqual(reads(field, value), refusal, `${field.about}: ${JSON.stringify(value)}`);
  }
});
