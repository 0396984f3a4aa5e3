/**
 * `npm run bench`: three ratios against limits measured in the same run, in turns, since machines are noisy and
 * absolute figures mean little. Fails when a ratio is under its bar.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBase } from '../src/app.ts';
import { loadConfig } from '../src/config/index.ts';
import { contracts } from '../src/contracts/index.ts';
import { parseIdentifier } from '../src/core/account/index.ts';
import { createLog } from '../src/log.ts';
import { load, rawRequest } from './load.ts';
import { pinClient, pinning, rateOf, startLatchkey, startPeer } from './processes.ts';

const ACCOUNTS = 16;
const ROUNDS = 9;
const TURN_MS = 1_000;
/** Hashes are slow, so that a short turn would count them too coarsely. */
const SIGN_IN_TURN_MS = 2_000;
const CONNECTIONS = 32;
const password = 'MySecretPassword123';
const emailOf = (index: number): string => `person${index}@example.com`;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const rounded = (value: number): string => Math.round(value).toLocaleString('en');

interface Row {
  readonly what: string;
  readonly ours: readonly number[];
  readonly limit: readonly number[];
  readonly bar: number;
}

/** Alternates the two sides, so that a slow minute of the machine hits both. */
async function pair(
  what: string,
  bar: number,
  { ours, limit }: { ours: () => Promise<number>; limit: () => Promise<number> },
): Promise<Row> {
  const row = { what, bar, ours: [] as number[], limit: [] as number[] };
  await ours();
  for (let round = 0; round < ROUNDS; round += 1) {
    row.limit.push(await limit());
    row.ours.push(await ours());
  }
  return row;
}

async function createAccounts(databaseUrl: string): Promise<void> {
  const env = {
    LATCHKEY_ENVIRONMENT: 'test',
    LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
    LATCHKEY_DATABASE_URL: databaseUrl,
  };
  const base = await createBase(loadConfig(env, { contracts }), createLog('silent'));
  for (let index = 0; index < ACCOUNTS; index += 1) {
    const email = parseIdentifier('email', emailOf(index));
    await base.auth.createAccount({ door: 'bench', email, password, isVerified: true });
  }
  await base.close();
}

interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

async function signIn(port: number, index: number): Promise<Tokens> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/auth/login/basic/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identifier: emailOf(index), password }),
  });
  if (response.status !== 200)
    throw new Error(`could not sign in: ${response.status} ${await response.text()}`);
  return (await response.json()) as Tokens;
}

/** What the server answers, for the peer that sends the same bytes. */
async function answerOf(
  url: string,
  init: RequestInit,
): Promise<{ headers: Record<string, string>; body: string }> {
  const response = await fetch(url, init);
  const dropped = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !dropped.has(name)));
  return { headers, body: await response.text() };
}

async function measureMe(port: number): Promise<Row> {
  const tokens = await Promise.all(Array.from({ length: ACCOUNTS }, (_, index) => signIn(port, index)));
  const requests = tokens.map(({ access }) =>
    rawRequest('GET', '/api/v1/me', { headers: { authorization: `Bearer ${access}` } }),
  );
  const next = (connection: number) => requests[connection % ACCOUNTS] as Buffer;
  const same = await answerOf(`http://127.0.0.1:${port}/api/v1/me`, {
    headers: { authorization: `Bearer ${tokens[0]?.access}` },
  });
  const peer = await startPeer<{ port: number }>({ kind: 'http', ...same });
  const run = (at: number) => load({ port: at, connections: CONNECTIONS, durationMs: TURN_MS, next });
  const row = await pair('GET /api/v1/me against bare node:http, same bytes', 0.6, {
    ours: () => run(port),
    limit: () => run(peer.answer.port),
  });
  peer.stop();
  return row;
}

async function measureSignIn(port: number): Promise<Row> {
  const requests = Array.from({ length: ACCOUNTS }, (_, index) =>
    rawRequest('POST', '/api/v1/auth/login/basic/', {
      body: JSON.stringify({ identifier: emailOf(index), password }),
    }),
  );
  return pair('sign-in against bare argon2id, same parameters', 0.9, {
    ours: () =>
      load({
        port,
        connections: ACCOUNTS,
        durationMs: SIGN_IN_TURN_MS,
        next: (connection) => requests[connection % ACCOUNTS] as Buffer,
      }),
    limit: () => rateOf({ kind: 'argon2', durationMs: SIGN_IN_TURN_MS }),
  });
}

async function measureRefresh(port: number, directory: string): Promise<Row> {
  const path = '/api/v1/auth/token/refresh/';
  const bodyWith = (refresh: string): string => JSON.stringify({ refresh });
  const tokens = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, index) => signIn(port, index % ACCOUNTS)),
  );
  const current = tokens.map(({ refresh }) => refresh);
  const same = await answerOf(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: bodyWith((await signIn(port, 0)).refresh),
  });
  const peer = await startPeer<{ port: number }>({ kind: 'http', ...same });
  const sample = rawRequest('POST', path, { body: bodyWith(current[0] ?? '') });

  const row = await pair('durable refresh against 1/(1/http + 1/commit)', 0.4, {
    ours: () =>
      load({
        port,
        connections: CONNECTIONS,
        durationMs: TURN_MS,
        readsBodies: true,
        next(connection, lastBody) {
          if (lastBody !== undefined) current[connection] = (JSON.parse(lastBody) as Tokens).refresh;
          return rawRequest('POST', path, { body: bodyWith(current[connection] ?? '') });
        },
      }),
    async limit() {
      const http = await load({
        port: peer.answer.port,
        connections: CONNECTIONS,
        durationMs: TURN_MS / 2,
        next: () => sample,
      });
      const commit = await rateOf({
        kind: 'commit',
        path: join(directory, 'peer.db'),
        durationMs: TURN_MS / 2,
      });
      return 1 / (1 / http + 1 / commit);
    },
  });
  peer.stop();
  return row;
}

const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
const databaseUrl = `sqlite:${join(directory, 'latchkey.db')}`;
await createAccounts(databaseUrl);
pinClient();
const server = await startLatchkey(databaseUrl);
const rows = [
  await measureMe(server.port),
  await measureSignIn(server.port),
  await measureRefresh(server.port, directory),
];
await server.stop();
await rm(directory, { recursive: true, force: true });

console.log(`\nNode ${process.version}, ${pinning}; medians of ${ROUNDS} rounds, a second\n`);
let failed = false;
for (const { what, ours, limit, bar } of rows) {
  // Each turn against its neighbour: a machine that slows down between rounds changes neither's meaning.
  const ratio = median(ours.map((rate, round) => rate / (limit[round] ?? 0)));
  failed ||= ratio < bar;
  const verdict = ratio < bar ? 'UNDER' : 'ok';
  console.log(`${ratio.toFixed(2)}  (bar ${bar})  ${verdict.padEnd(5)}  ${what}`);
  console.log(`      ${rounded(median(ours))} / ${rounded(median(limit))}`);
}
process.exitCode = failed ? 1 : 0;
