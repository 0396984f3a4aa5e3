import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { operator as actor } from '../support/operator.ts';
import { email, openBench } from './bench.ts';

test('a search finds by the beginning of an address or username, and by phone, number and id however they are written', async (t) => {
  const { admin } = await openBench(t);
  const alice = await admin.createAccount({
    actor,
    email: email('Alice.Doe@bücher.example'),
    phone: parseIdentifier('phone', '+49 170 1234567'),
    username: parseIdentifier('username', 'Wonderland_1'),
  });
  const alicia = await admin.createAccount({ actor, email: email('alicia@example.com') });
  const percent = await admin.createAccount({ actor, username: parseIdentifier('username', 'x100%_sure') });
  const find = async (text: string, limit = 20) =>
    (await admin.searchAccounts({ text, limit })).map(({ number }) => number);

  for (const text of [
    'alice',
    'ALICE.D',
    ' alice.doe@ ',
    'alice.doe@BÜCHER.example',
    'alice.doe@xn--bcher-kva.example',
    'wonder',
    'ＷＯＮＤＥＲ',
    '+491701234567',
    '+49 (170) 123-45.67',
    '0049 170/1234567',
    String(alice.number),
    `#${alice.number}`,
    alice.id,
    alice.id.toUpperCase(),
  ]) {
    assert.deepEqual(await find(text), [alice.number], text);
  }
  // Usernames keep their punctuation.
  for (const text of ['wonder-land_1', 'won.derland_1']) assert.deepEqual(await find(text), [], text);
  assert.deepEqual(await find('ali'), [alice.number, alicia.number]);
  assert.deepEqual(await find('ali', 1), [alice.number]);
  // Wildcards of SQL stand for themselves.
  for (const text of ['x100%', 'x100%_']) assert.deepEqual(await find(text), [percent.number], text);
  for (const text of [
    '%',
    '_',
    'ali%',
    'ali_e',
    'doe',
    '',
    ' ',
    '\ud800',
    '+49',
    '#',
    'x'.repeat(10_000),
    'a\u0000b',
  ])
    assert.deepEqual(await find(text), [], text.slice(0, 20));
});
