import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServer, type ErrorResponses, Health, type Mount } from '../../src/http/index.ts';

const nothing = { status: 400, body: {} };
const errors: ErrorResponses = {
  categories: {
    invalid: nothing,
    unauthenticated: nothing,
    forbidden: nothing,
    not_found: nothing,
    conflict: nothing,
    rate_limited: nothing,
    unavailable: nothing,
    expired: nothing,
  },
  codes: {},
  http: {
    not_found: nothing,
    method_not_allowed: nothing,
    malformed: nothing,
    too_large: nothing,
    unsupported_media_type: nothing,
    internal_error: nothing,
  },
};
const settings = { publicUrl: 'http://127.0.0.1', trustProxy: [], corsOrigins: [], logLevel: 'info' };
const log = { debug() {}, info() {}, warn() {}, error() {} };
const health = new Health(async () => {});
const serve = (...mounts: Mount[]) => createServer(settings, mounts, { log, health });

const mount = (contract: string, prefix: string): Mount => ({
  contract,
  prefixes: [prefix],
  errors,
  routes: [],
  bodies: () => {},
});

test('two contracts cannot own one prefix, and are told by name', async () => {
  await assert.rejects(serve(mount('one', '/login'), mount('other', '/login')), {
    message: '/login of contract other belongs to contract one',
  });
});

test('a prefix inside another contract’s is its own', async (t) => {
  const server = await serve(mount('one', '/login'), mount('other', '/login/verify'));
  t.after(() => server.close());
  await server.ready();
});

test('no contract is mounted at a probe of the server, above it or below it', async () => {
  for (const prefix of ['/livez', '/readyz', '/readyz/deep']) {
    await assert.rejects(serve(mount('one', prefix)), { message: /of contract one belongs to the probe/ });
  }
  const above = {
    ...mount('one', ''),
    routes: [{ method: 'GET', path: '/livez', handle: () => 'mine' }],
  } as const;
  await assert.rejects(serve(above), {
    message: '/livez of contract one belongs to the probe /livez of the server',
  });
});

const raw = (contract: string, prefix: string): Mount => ({ contract, prefixes: [prefix], raw() {} });

test('no mount stands below a raw one, whose handler would answer for it', async (t) => {
  await assert.rejects(serve(raw('one', '/protocol'), mount('other', '/protocol/inner')), {
    message: '/protocol/inner of contract other is below a prefix that contract one answers whole',
  });
  await assert.rejects(serve(raw('one', '/protocol'), mount('other', '/protocol')), {
    message: '/protocol of contract other belongs to contract one',
  });
  const server = await serve(raw('one', '/protocol'), mount('other', '/protocol-two'));
  t.after(() => server.close());
  await server.ready();
});

test('a raw mount does not stand at the root, above the probes', async () => {
  await assert.rejects(serve(raw('one', '')), { message: /a prefix that contract one answers whole/ });
});
