import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startProxy } from '../support/postgres/proxy.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';
import { audit } from './audit.ts';
import { startClients } from './clients.ts';
import { askServer, endWell, Subject } from './postgres-run.ts';
import { prepareCustomers } from './prepare.ts';
import type { Run } from './run.ts';
import { Fault } from './world.ts';

/** What a standby calls itself, and what its primary waits for before it answers a commit. */
const NAME = 'standby';

/**
 * Under load the primary dies and its synchronous standby takes its place; then that one gets a standby of its own, and
 * dies in its turn. Ours finds each behind one address, as behind any proxy for failover, and is not restarted.
 */
export async function runFailovers(run: Run): Promise<void> {
  const { world, kills, chance } = run;
  let primary = await startPostgres();
  const proxy = await startProxy(primary.port);
  const subject = new Subject(run, `postgres://latchkey@127.0.0.1:${proxy.port}/postgres`);
  const customers = await prepareCustomers(subject.env, 3);
  await subject.start();
  const clients = startClients(world, customers);
  clients.catch(() => {});
  try {
    for (let kill = 1; kill <= kills && !world.isEnding; kill += 1) {
      const standby = await addStandby(primary);
      await subject.untilOpen();
      await pause(500 + chance.below(1_500));
      await primary.kill();
      await askServer(standby.url('postgres'))('select pg_promote(true, 30)');
      proxy.target = standby.port;
      await primary[Symbol.asyncDispose]();
      primary = standby;
      await subject.untilOpen();
      await audit(world, askServer(primary.url('postgres')));
      world.count('standbys promoted');
      run.progress(kill);
    }
    await endWell(run, subject, clients);
    await audit(world, askServer(primary.url('postgres')));
  } catch (error) {
    world.blame(error);
    await clients.catch(() => {});
  } finally {
    await subject.close();
    await proxy[Symbol.asyncDispose]();
    await primary[Symbol.asyncDispose]();
  }
}

/** Resolves when the primary answers no commit that its standby does not have. */
async function addStandby(primary: PostgresServer): Promise<PostgresServer> {
  await primary.stop();
  const standby = await startPostgres(
    `copy-of=${join(primary.directory, 'data')}`,
    `primary_conninfo=host=127.0.0.1 port=${primary.port} user=latchkey application_name=${NAME}`,
    // It looks for its primary again at once.
    'wal_retrieve_retry_interval=100ms',
  );
  await primary.start(`synchronous_standby_names=${NAME}`);
  const ask = askServer(primary.url('postgres'));
  const deadline = performance.now() + 30_000;
  while ((await ask(`select 1 from pg_stat_replication where sync_state = 'sync'`)).length === 0) {
    if (performance.now() > deadline) throw new Fault('the standby does not follow its primary');
    await pause(50);
  }
  return standby;
}
