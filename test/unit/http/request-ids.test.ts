import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import { requestIds } from '../../../src/http/request-ids.ts';

const PROXY = '10.0.0.1';
const isProxy = (address: string) => address === PROXY;

const withId = (id?: string | string[], remoteAddress: string | undefined = PROXY) =>
  ({ headers: { 'x-request-id': id }, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('the name of a request', () => {
  test('is another for each, within a process and between processes', () => {
    const [one, other] = [requestIds(isProxy), requestIds(isProxy)];
    const ids = Array.from({ length: 1_000 }, () => [one(withId()), other(withId())]).flat();
    assert.equal(new Set(ids).size, 2_000);
    for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{8}-[0-9a-z]+$/);
  });

  test('is that of a trusted proxy, from 1 to 128 characters', () => {
    const ids = requestIds(isProxy);
    for (const given of ['7', 'a.b_c-d0', 'f'.repeat(128), '3f0c2c8e-6f4a-4d3e-9c55-1d1c0f4a7b11']) {
      assert.equal(ids(withId(given)), given);
    }
  });

  test('is not that of any other peer', () => {
    const ids = requestIds(isProxy);
    for (const address of ['10.0.0.2', '']) assert.notEqual(ids(withId('0123abcd', address)), '0123abcd');
    const withoutAddress = {
      headers: { 'x-request-id': '0123abcd' },
      socket: {},
    } as unknown as IncomingMessage;
    assert.notEqual(ids(withoutAddress), '0123abcd');
  });

  // SEC-088
  test('is never one that could not stand in a log or a header', () => {
    const ids = requestIds(isProxy);
    for (const given of [
      '',
      'f'.repeat(129),
      'f'.repeat(100_000),
      'with space here',
      'line\nbreak',
      '0123abcd\n',
      'é1234567',
      '<script>alert(1)</script>',
      '"quoted"',
      'a,b,c,d,e',
      '\u001b[31mred',
    ]) {
      assert.notEqual(ids(withId(given)), given, JSON.stringify(given.slice(0, 20)));
    }
    assert.equal(typeof ids(withId(['0123abcd', '4567efgh'])), 'string');
    assert.equal(typeof ids(withId()), 'string');
  });
});
