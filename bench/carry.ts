/**
 * `npm run bench:carry`: what a request costs, in processor time of Latchkey and of PostgreSQL. What a core carries
 * follows from it, whatever else the machine does meanwhile. For docs/scaling.md. Linux.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../test/support/postgres/server.ts';
import { putAtDistance } from './distance.ts';
import { load, type Traffic } from './load.ts';
import { pinClient, startLatchkey } from './processes.ts';
import { processorTimeOf } from './processor-time.ts';
import { createAccounts, refreshes, signIns, tokenChecks } from './traffic.ts';

const WARM_UP_MS = 2_000;
const TURN_MS = 6_000;
/** What a database that asks other machines before it answers may take. */
const DISTANCE_MS = 5;

const asks: Readonly<Record<string, (port: number) => Promise<Traffic>>> = {
  'GET /me': tokenChecks,
  refresh: refreshes,
  'sign-in': async () => signIns(),
};

/** A core's share of a second for each request, and how many of them fill it. */
function cost(ms: number, count: number): string {
  const each = ms / count;
  return `${each.toFixed(3).padStart(8)} ${Math.round(1000 / each)
    .toLocaleString('en')
    .padStart(8)}`;
}

async function measure(
  name: string,
  { databaseUrl, database, workers }: { databaseUrl: string; database?: number; workers?: number },
): Promise<void> {
  await createAccounts(databaseUrl);
  const server = await startLatchkey(databaseUrl, workers);
  for (const [what, ask] of Object.entries(asks)) {
    const traffic = await ask(server.port);
    const run = (durationMs: number) =>
      load({ ...traffic, port: server.port, durationMs, sleeps: workers !== undefined });
    await run(WARM_UP_MS);
    const times = () => [processorTimeOf(server.pid), database ? processorTimeOf(database) : 0] as const;
    const [ours, theirs] = times();
    const startedAt = performance.now();
    const rate = await run(TURN_MS);
    const count = (rate * (performance.now() - startedAt)) / 1000;
    const [oursAfter, theirsAfter] = times();
    const ofDatabase = database ? cost(theirsAfter - theirs, count) : '';
    const seen = Math.round(rate).toLocaleString('en').padStart(8);
    console.log(
      `${name.padEnd(24)} ${what.padEnd(8)} ${seen} ${cost(oursAfter - ours, count)} ${ofDatabase}`,
    );
  }
  await server.stop();
}

const directory = await mkdtemp(join(tmpdir(), 'latchkey-carry-'));
// Durable, as it would be in earnest.
await using postgres = await startPostgres('fsync=on', 'full_page_writes=on', 'synchronous_commit=on');
const postmaster = Number(
  readFileSync(join(postgres.directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0],
);
const admin = new Client({ connectionString: postgres.url('postgres') });
await admin.connect();
const newDatabase = async (name: string): Promise<string> => {
  await admin.query(`create database ${name}`);
  return postgres.url(name);
};

console.log(`Node ${process.version}; processor time of a request in ms, and requests that fill a core\n`);
console.log(`${' '.repeat(34)}     seen  Latchkey   a core PostgreSQL  a core`);
const file = (name: string) => ({ databaseUrl: `sqlite:${join(directory, name)}` });
const onServer = async (name: string) => ({ databaseUrl: await newDatabase(name), database: postmaster });
// With the client beside them on all cores.
await measure('SQLite, 2 workers', { ...file('two.db'), workers: 2 });
await measure('PostgreSQL, 2 workers', { ...(await onServer('two')), workers: 2 });
pinClient();
await measure('SQLite', file('one.db'));
await measure('PostgreSQL', await onServer('one'));
const distance = await putAtDistance(postgres.port, DISTANCE_MS);
await measure(`PostgreSQL, ${DISTANCE_MS} ms away`, {
  databaseUrl: (await newDatabase('far')).replace(`:${postgres.port}`, `:${distance.port}`),
  database: postmaster,
});
distance.close();
await admin.end();
await rm(directory, { recursive: true, force: true });
