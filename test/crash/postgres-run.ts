import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startPostgres } from '../support/postgres/server.ts';
import { send } from '../support/wire.ts';
import { type Ask, audit } from './audit.ts';
import { checkLedger, startClients } from './clients.ts';
import { FabricClient } from './lives/fabric.ts';
import { createMember } from './lives/trusted.ts';
import { prepareCustomers } from './prepare.ts';
import type { Run } from './run.ts';
import { Installation, type Started } from './server.ts';
import { Fault, type World } from './world.ts';

/** A lease of the outbox, which is the longest that anything waits for. */
const LEASE_MS = 30_000;
/** So often the server goes down together with its database. */
const BOTH_EVERY = 10;

/** One server of ours whose database comes and goes. */
export class Subject {
  readonly #run: Run;
  readonly #installation: Installation;
  #server: Started | undefined;
  url = '';

  constructor(run: Run, databaseUrl: string) {
    this.#run = run;
    this.#installation = new Installation(run.directory, { ...run.env, LATCHKEY_DATABASE_URL: databaseUrl });
  }

  get env() {
    return this.#installation.env;
  }

  async start(): Promise<void> {
    const { world } = this.#run;
    this.#server = this.#installation.start({ aheadMs: world.aheadMs });
    this.url = (await this.#server.listening) ?? '';
    world.serverIsUp(this.url);
  }

  async kill(): Promise<void> {
    this.#server?.kill('SIGKILL');
    await this.#server?.exited;
    this.#run.world.serverIsGone();
  }

  close(): Promise<void> {
    return this.#installation.close();
  }

  /** Nobody is let in, nobody is turned away for good, and whoever asks is told when to come back. */
  async assertClosed(bearer: string): Promise<void> {
    for (const [path, request] of [
      ['/health/', {}],
      ['/api/v1/me', { bearer }],
      ['/api/v1/auth/login/basic', { json: { identifier: 'a@example.com', password: 'a passphrase' } }],
    ] as const) {
      const { status, headers, text } = await send(`${this.url}${path}`, request);
      if (status !== 503 || !/^[1-9]\d*$/.test(headers.get('retry-after') ?? ''))
        throw new Fault(`${path} without a database: ${status} ${text}`);
    }
    this.#run.world.count('outages in which everything was refused');
  }

  async untilOpen(): Promise<void> {
    const deadline = performance.now() + 30_000;
    // A kept connection may have been closed just now; whether the server is well, the next answer says.
    const isOpen = () =>
      send(`${this.url}/health/`).then(
        ({ status }) => status === 200,
        () => false,
      );
    while (!(await isOpen())) {
      if (performance.now() > deadline) throw new Fault('the database is back and /health/ does not say so');
      await pause(50);
    }
  }
}

/** Kills the database server again and again, as a machine that is switched off; ours goes on without a restart. */
export async function runOnPostgres(run: Run): Promise<void> {
  const { world, kills, chance } = run;
  await using postgres = await startPostgres();
  const subject = new Subject(run, postgres.url('postgres'));
  const customers = await prepareCustomers(subject.env, 3);
  await subject.start();
  const bearer = await signInAsWatch(world);
  const clients = startClients(world, customers);
  clients.catch(() => {});
  try {
    for (let kill = 1; kill <= kills && !world.isEnding; kill += 1) {
      await pause(chance.below(600));
      const isBoth = kill % BOTH_EVERY === 0;
      await postgres.kill();
      if (isBoth) await subject.kill();
      else await subject.assertClosed(bearer);
      await postgres.start();
      if (isBoth) {
        world.aheadMs += LEASE_MS + 1_000;
        await subject.start();
      }
      await subject.untilOpen();
      await audit(world, askServer(postgres.url('postgres')));
      world.count(isBoth ? 'kills of both servers' : 'kills of the database server');
      run.progress(kill);
    }
    await endWell(run, subject, clients);
    await audit(world, askServer(postgres.url('postgres')));
  } catch (error) {
    world.blame(error);
    await clients.catch(() => {});
  } finally {
    await subject.close();
  }
}

/** A session that somebody has all the time. */
export async function signInAsWatch(world: World): Promise<string> {
  const life = world.name('watch');
  const { password } = await createMember(world, life);
  return (await new FabricClient(world, life).logIn(password)).access;
}

/** Leases of killed deliveries end with the last restart; clients come to the end of what they began. */
export async function endWell(run: Run, subject: Subject, clients: Promise<void>): Promise<void> {
  const { world } = run;
  world.assertSound();
  await subject.kill();
  world.aheadMs += LEASE_MS + 1_000;
  await subject.start();
  world.isEnding = true;
  await clients;
  await checkLedger(world, run.factsChecked);
}

export function askServer(url: string): Ask {
  return async (sql) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
}
