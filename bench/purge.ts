/**
 * `npm run bench:purge`: how much a purge on SQLite slows requests down. Builds a file with many sessions, some of them
 * expired, requests `GET /api/v1/me` at a steady rate, first on an idle server and then during a purge, and reports
 * latencies and how long each statement of the purge blocked the event loop. Options: `--sessions` (500000), `--expired`
 * (a tenth of them), `--rate` (200 requests a second), `--rows` and `--pause` (milliseconds) instead of the server's pace.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { PurgeReport } from './purge-server.ts';
import { createAccounts, signIn } from './traffic.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '500000' },
    expired: { type: 'string' },
    rate: { type: 'string', default: '200' },
    rows: { type: 'string' },
    pause: { type: 'string' },
  },
});
const sessions = Number(values.sessions);
const expired = Number(values.expired ?? sessions / 10);
const rate = Number(values.rate);
const IDLE_MS = 10_000;
const DAY_MS = 86_400_000;

/** Accounts with five sessions each, a refresh token in each; expired sessions lie scattered among valid ones. */
function fill(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('pragma synchronous = off; pragma cache_size = -200000; begin');
  const accounts = Math.ceil(sessions / 5);
  const now = Date.now();
  const numbers = (count: number) =>
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})`;
  const end = `case when i % ${Math.round(sessions / expired)} = 0 then ${now - 8 * DAY_MS} else ${now + 20 * DAY_MS} end`;
  database.exec(`
    insert into accounts (id, email, email_key, full_name, is_superuser, is_staff, created_at, activated_at)
      ${numbers(accounts)} select 'account-' || i, 'many' || i || '@example.com', 'many' || i || '@example.com',
        'Person Number ' || i, 0, 0, ${now}, ${now} from n;
    insert into sessions (id, account_id, contract, epoch, created_at, expires_at)
      ${numbers(sessions)} select lower(hex(randomblob(8))) || '-' || i, 'account-' || (i % ${accounts} + 1), 'fabric', 0,
        ${now - 30 * DAY_MS}, ${end} from n;
    insert into refresh_tokens (digest, session_id, issued_at, expires_at)
      select randomblob(32), id, created_at, expires_at from sessions where id like '%-%';
    commit`);
  database.exec('pragma wal_checkpoint(truncate)');
  database.close();
}

function percentiles(samples: readonly number[]): string {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return [0.5, 0.95, 0.99, 1].map((share) => at(share).toFixed(1).padStart(8)).join('');
}

/** Sends requests at a steady rate until told to stop, without waiting for responses; returns their latencies in ms. */
async function measure(port: number, access: string, until: { isDone: boolean }): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const samples: number[] = [];
  const responses: Promise<void>[] = [];
  const request = { port, path: '/api/v1/me', agent, headers: { authorization: `Bearer ${access}` } };
  const startedAt = performance.now();
  for (let sent = 0; !until.isDone; sent += 1) {
    const due = startedAt + (sent * 1000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await pause(wait);
    const sentAt = performance.now();
    responses.push(
      new Promise((resolve, reject) => {
        get(request, (response) => {
          if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
          response.resume().on('end', () => {
            samples.push(performance.now() - sentAt);
            resolve();
          });
        }).on('error', reject);
      }),
    );
  }
  await Promise.all(responses);
  agent.destroy();
  return samples;
}

async function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (value) => resolve(value as T));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

const directory = await mkdtemp(join(tmpdir(), 'latchkey-purge-'));
const path = join(directory, 'latchkey.db');
await createAccounts(`sqlite:${path}`);
fill(path);
const { size } = await stat(path);
console.log(
  `${sessions} sessions, ${expired} of them expired, ${Math.round(size / 1e6)} MB; ${rate} requests a second\n`,
);

const pace = [values.rows, values.pause].map((value) => value ?? '');
const server = fork(fileURLToPath(new URL('purge-server.ts', import.meta.url)), [`sqlite:${path}`, ...pace]);
process.once('exit', () => server.kill());
const { port } = await message<{ port: number }>(server);
const { access } = await signIn(port, 0);

console.log(`${'GET /me, ms'.padEnd(18)}     p50     p95     p99     max`);
const idle = { isDone: false };
setTimeout(() => {
  idle.isDone = true;
}, IDLE_MS);
console.log(`${'idle'.padEnd(16)}${percentiles(await measure(port, access, idle))}`);
const purging = { isDone: false };
const samples = measure(port, access, purging);
server.send('purge');
const report = await message<PurgeReport>(server);
purging.isDone = true;
console.log(`${'while purging'.padEnd(16)}${percentiles(await samples)}`);
console.log(`${'pieces'.padEnd(16)}${percentiles(report.pieces)}`);
const { rows, seconds } = report;
console.log(`\n${rows} rows in ${report.pieces.length} pieces and ${seconds.toFixed(1)} s`);
server.kill();
await rm(directory, { recursive: true, force: true });
