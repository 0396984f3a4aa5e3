/**
 * `npm run bench`: three ratios against limits measured in the same run, in turns, since machines are noisy and
 * absolute figures mean little. Fails when a ratio is under its bar.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from './load.ts';
import { pinClient, pinning, rateOf, startLatchkey, startPeer } from './processes.ts';
import {
  createAccounts,
  REFRESH_PATH,
  refreshes,
  refreshRequest,
  signIn,
  signIns,
  tokenChecks,
} from './traffic.ts';

const ROUNDS = 9;
const TURN_MS = 1_000;
/** Hashes are slow, so that a short turn would count them too coarsely. */
const SIGN_IN_TURN_MS = 2_000;

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
  const checks = await tokenChecks(port);
  const same = await answerOf(`http://127.0.0.1:${port}/api/v1/me`, {
    headers: { authorization: `Bearer ${(await signIn(port, 0)).access}` },
  });
  const peer = await startPeer<{ port: number }>({ kind: 'http', ...same });
  const run = (at: number) => load({ ...checks, port: at, durationMs: TURN_MS });
  const row = await pair('GET /api/v1/me against bare node:http, same bytes', 0.6, {
    ours: () => run(port),
    limit: () => run(peer.answer.port),
  });
  peer.stop();
  return row;
}

async function measureSignIn(port: number): Promise<Row> {
  return pair('sign-in against bare argon2id, same parameters', 0.9, {
    ours: () => load({ ...signIns(), port, durationMs: SIGN_IN_TURN_MS }),
    limit: () => rateOf({ kind: 'argon2', durationMs: SIGN_IN_TURN_MS }),
  });
}

async function measureRefresh(port: number, directory: string): Promise<Row> {
  const ours = await refreshes(port);
  const { refresh } = await signIn(port, 0);
  const same = await answerOf(`http://127.0.0.1:${port}${REFRESH_PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh }),
  });
  const peer = await startPeer<{ port: number }>({ kind: 'http', ...same });
  const sample = refreshRequest(refresh);

  const row = await pair('durable refresh against 1/(1/http + 1/commit)', 0.4, {
    ours: () => load({ ...ours, port, durationMs: TURN_MS }),
    async limit() {
      const { connections } = ours;
      const http = await load({
        connections,
        next: () => sample,
        port: peer.answer.port,
        durationMs: TURN_MS / 2,
      });
      const path = join(directory, 'peer.db');
      const commit = await rateOf({ kind: 'commit', path, durationMs: TURN_MS / 2 });
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
