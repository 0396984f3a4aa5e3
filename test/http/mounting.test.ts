import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServer, type Mount, type WireErrors } from '../../src/http/index.ts';

const nothing = { status: 400, body: {} };
const errors: WireErrors = { refuse: () => nothing, fault: () => nothing };
const settings = { publicUrl: 'http://127.0.0.1', trustProxy: [], corsOrigins: [], logLevel: 'info' };
const log = { debug() {}, info() {}, warn() {}, error() {} };

const mount = (contract: string, prefix: string): Mount => ({
  contract,
  prefixes: [prefix],
  errors,
  routes: [],
  bodies: () => {},
});

test('two contracts cannot own one prefix, and are told by name', async () => {
  const mounts = [mount('one', '/login'), mount('other', '/login')];
  await assert.rejects(createServer(settings, mounts, log), {
    message: '/login of contract other belongs to contract one',
  });
});

test('a prefix inside another contract’s is its own', async (t) => {
  const server = await createServer(settings, [mount('one', '/login'), mount('other', '/login/verify')], log);
  t.after(() => server.close());
  await server.ready();
});
