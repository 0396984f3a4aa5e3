import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { isIn } from '../../../src/http/client.ts';
import { clientOf } from '../../../src/http/index.ts';

const from = (ip: unknown, headers = {}) => clientOf({ ip, headers } as FastifyRequest);
const networkOf = (ip: string) => from(ip).network;

// SEC-078
describe('the network that limits count', () => {
  test('is the address itself for IPv4', () => {
    assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
    assert.notEqual(networkOf('192.0.2.1'), networkOf('192.0.2.2'));
  });

  test('is the IPv4 address in whatever spelling it is mapped into IPv6', () => {
    for (const spelling of [
      '::ffff:192.0.2.1',
      '::FFFF:192.0.2.1',
      '::ffff:c000:201',
      '0:0:0:0:0:ffff:c000:0201',
    ]) {
      assert.equal(networkOf(spelling), '192.0.2.1', spelling);
    }
  });

  test('is the /64 for IPv6: whoever has one address there has them all', () => {
    const network = networkOf('2001:db8:1:2::1');
    for (const neighbour of [
      '2001:db8:1:2::2',
      '2001:db8:1:2:ffff:ffff:ffff:ffff',
      '2001:0DB8:0001:0002:0000:0000:0000:0001',
      '2001:DB8:1:2:0::1',
      '2001:db8:1:2:a:b:192.0.2.1',
    ]) {
      assert.equal(networkOf(neighbour), network, neighbour);
    }
    for (const stranger of ['2001:db8:1:3::1', '2001:db8:2:2::1', '2001:db9:1:2::1', '::1']) {
      assert.notEqual(networkOf(stranger), network, stranger);
    }
  });

  test('does not change with the port that a proxy adds', () => {
    assert.equal(networkOf('192.0.2.1:4711'), networkOf('192.0.2.1'));
    assert.equal(networkOf('[2001:db8::1]:4711'), networkOf('2001:db8::1'));
    assert.equal(networkOf('[2001:db8::1]'), networkOf('2001:db8::1'));
    assert.notEqual(networkOf('192.0.2.1:80'), networkOf('192.0.2.2:80'));
    assert.notEqual(networkOf('2001:db8::1:80'), networkOf('192.0.2.1'));
  });

  test('does not change with the name of the interface', () => {
    assert.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2%wlan0'));
  });

  test('is one for all whose address cannot be read', () => {
    for (const address of [
      '',
      'unknown',
      '_hidden',
      '192.0.2.1:',
      '192.0.2.1:x',
      '[192.0.2.1',
      '2001:db8::1]:80',
      '192.0.2.256',
      'a'.repeat(1_000),
    ]) {
      assert.equal(networkOf(address), 'unknown', address);
    }
    assert.equal(from(undefined).network, 'unknown');
  });
});

// SEC-078
test('the network that shares of a budget go to is the /24 for IPv4 and the /48 for IPv6', () => {
  const subnetOf = (ip: string) => from(ip).subnet;
  for (const [one, neighbour, stranger] of [
    ['192.0.2.1', '192.0.2.255', '192.0.3.1'],
    ['192.0.2.1:4711', '::ffff:192.0.2.9', '::ffff:192.0.1.9'],
    ['2001:db8:1::1', '2001:DB8:1:ffff::2', '2001:db8:2::1'],
    ['[2001:db8:1::1]:80', '2001:db8:1:a:b:c:d:e', '2001:db8:0:1::1'],
  ] as const) {
    assert.equal(subnetOf(neighbour), subnetOf(one), neighbour);
    assert.notEqual(subnetOf(stranger), subnetOf(one), stranger);
  }
  assert.equal(subnetOf('_hidden'), subnetOf('unknown'));
});

// SEC-078
test('a proxy is trusted with and without a port, in either spelling, and nobody else is', () => {
  const isProxy = isIn(['10.0.0.0/8', '2001:db8::/32']);
  for (const proxy of ['10.1.2.3', '10.1.2.3:80', '::ffff:10.1.2.3', '2001:db8::1', '[2001:db8::1]:80']) {
    assert.equal(isProxy(proxy), true, proxy);
  }
  for (const other of ['192.0.2.1', '192.0.2.1:80', '2001:db9::1', 'unknown', '', '10.1.2.3:x']) {
    assert.equal(isProxy(other), false, other);
  }
});

test('the audit trail gets the address without its port, and no text that is none', () => {
  assert.equal(from('192.0.2.1:4711').address, '192.0.2.1');
  assert.equal(from('a'.repeat(1_000)).address, 'unknown');

  assert.equal(from('2001:db8:1:2::1').address, '2001:db8:1:2::1');
});

test('a client is known by its User-Agent header, cut to 256 characters and without control characters', () => {
  const userAgentOf = (header: string) => from('192.0.2.1', { 'user-agent': header }).userAgent;
  assert.equal(userAgentOf('Mozilla/5.0 (X11; Linux)'), 'Mozilla/5.0 (X11; Linux)');
  assert.equal(userAgentOf('a\tb\u007f\u009b31mc'), 'ab31mc');
  assert.equal(userAgentOf('x'.repeat(16_000)), 'x'.repeat(256));
  for (const none of ['', ' ', '\t']) assert.equal(userAgentOf(none), undefined);
  assert.equal(from('192.0.2.1').userAgent, undefined);
});
