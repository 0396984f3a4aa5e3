import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ask, audit } from './audit.ts';
import { checkLedger, startClients } from './clients.ts';
import { type Death, MIGRATING, SERVING_POINTS, STOPPING } from './points.ts';
import { prepareCustomers } from './prepare.ts';
import type { Run } from './run.ts';
import { Installation, type Started } from './server.ts';
import { Fault } from './world.ts';

/** A named point that is not reached in this time becomes a kill at random. */
const POINT_PATIENCE_MS = 1_000;
/** A lease of the outbox, which is the longest that anything waits for. */
const LEASE_MS = 30_000;

type Plan =
  | { readonly kind: 'at'; readonly death: Death }
  | { readonly kind: 'starting' | 'serving' | 'stopping'; readonly afterMs: number };

/** Kills a server on SQLite again and again, each time with its clients in the middle of what they do. */
export async function runOnSqlite(run: Run): Promise<void> {
  const { world, directory, kills, env } = run;
  const database = join(directory, 'latchkey.db');
  const LATCHKEY_DATABASE_URL = `sqlite:${database}`;
  const migrating = Math.ceil(kills / 25);
  for (let number = 1; number <= migrating; number += 1) {
    await killMigration(run, number);
    run.progress(number);
  }

  const installation = new Installation(directory, { ...env, LATCHKEY_DATABASE_URL });
  const customers = await prepareCustomers(installation.env, 3);
  const clients = startClients(world, customers);
  // What they find is asked for when they have ended.
  clients.catch(() => {});
  try {
    for (let kill = migrating; kill < kills && !world.isEnding; kill += 1) {
      await serveUntilKilled(run, installation, kill, () => auditFile(run, database));
      run.progress(kill + 1);
      world.aheadMs += world.chance.oneIn(6) ? LEASE_MS + 1_000 : world.chance.below(8_000);
    }
    world.aheadMs += LEASE_MS + 1_000;
    const last = installation.start({ aheadMs: world.aheadMs });
    world.serverIsUp((await listening(last)) ?? '');
    world.isEnding = true;
    await clients;
    await checkLedger(world, run.factsChecked);
    await auditFile(run, database);
  } catch (error) {
    world.blame(error);
    await clients.catch(() => {});
  } finally {
    await installation.close();
  }
}

async function serveUntilKilled(
  { world, chance }: Run,
  installation: Installation,
  number: number,
  audited: () => Promise<void>,
): Promise<void> {
  const plan = draw(chance, number);
  const death = plan.kind === 'at' ? plan.death : plan.kind === 'stopping' ? stopping : undefined;
  const server = installation.start({ death, aheadMs: world.aheadMs });
  if (plan.kind === 'starting') {
    await Promise.race([pause(plan.afterMs), server.exited]);
    server.kill('SIGKILL');
  }
  const url = await listening(server);
  if (url === undefined || plan.kind === 'starting') {
    world.count(death === undefined ? 'kills: at random, starting' : `kills: ${death.point}`);
  } else {
    world.serverIsUp(url);
    const watched = audited().catch((error: unknown) => world.blame(error));
    const patienceMs = plan.kind === 'at' ? POINT_PATIENCE_MS : plan.afterMs;
    const died = await Promise.race([server.exited.then(() => true), pause(patienceMs, false)]);
    await watched;
    if (plan.kind === 'stopping') {
      server.kill('SIGTERM');
      await Promise.race([server.exited, pause(POINT_PATIENCE_MS)]);
    }
    const byName = death !== undefined && (died || plan.kind === 'stopping');
    world.count(byName ? `kills: ${death.point}` : 'kills: at random, serving');
  }
  server.kill('SIGKILL');
  await server.exited;
  world.serverIsGone();
}

const stopping: Death = { point: STOPPING, nth: 1 };

function draw(chance: Run['chance'], number: number): Plan {
  const turn = number % 20;
  // Each named point comes by in turn; the rest of the kills know no plan.
  const point = SERVING_POINTS[turn];
  if (point !== undefined) return { kind: 'at', death: { point, nth: 1 + chance.below(6) } };
  if (turn === 19) return { kind: 'stopping', afterMs: chance.below(300) };
  if (turn > 16) return { kind: 'starting', afterMs: chance.below(900) };
  // Long enough for what waits: a server that never lives for a second delivers nothing, and that is no fault of its own.
  if (turn === 16) return { kind: 'serving', afterMs: 2_000 + chance.below(2_000) };
  return { kind: 'serving', afterMs: chance.below(500) };
}

async function listening(server: Started): Promise<string | undefined> {
  try {
    return await server.listening;
  } catch (error) {
    throw new Fault(`no start after a kill: ${error}`, { cause: error });
  }
}

/** Dies in the middle of the migrations of an empty database; the next start does them all. */
async function killMigration({ world, chance, directory, env }: Run, number: number): Promise<void> {
  const place = join(directory, `migrating-${number}`);
  await mkdir(place);
  const database = join(place, 'latchkey.db');
  const installation = new Installation(place, { ...env, LATCHKEY_DATABASE_URL: `sqlite:${database}` });
  try {
    const nth = 1 + chance.below(25);
    const dying = installation.start({ death: { point: MIGRATING, nth } });
    await Promise.race([dying.exited, dying.listening.catch(() => {})]);
    dying.kill('SIGKILL');
    await dying.exited;
    world.count(`kills: ${MIGRATING}`);
    const next = installation.start();
    await listening(next);
    await checkPages(askFile(database));
  } finally {
    await installation.close();
  }
}

async function auditFile({ world }: Run, path: string): Promise<void> {
  const ask = askFile(path);
  await checkPages(ask);
  await audit(world, ask);
}

async function checkPages(ask: Ask): Promise<void> {
  const integrity = await ask('pragma integrity_check');
  if (JSON.stringify(integrity) !== '[{"integrity_check":"ok"}]')
    throw new Fault(`integrity_check: ${JSON.stringify(integrity)}`);
  const orphans = await ask('pragma foreign_key_check');
  if (orphans.length > 0) throw new Fault(`foreign_key_check: ${JSON.stringify(orphans)}`);
}

/** Reads beside the server, which has the file open: what it would find in the log is not taken from it. */
function askFile(path: string): Ask {
  return async (sql) => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    try {
      return database.prepare(sql).all();
    } finally {
      database.close();
    }
  };
}
