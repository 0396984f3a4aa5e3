/**
 * The upper half of the composition root: HTTP and delivery on a base, which is a whole server.
 */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type Base, type BaseOptions, createBase } from './base.ts';
import { type Config, ConfigError, contractValues, isLoopback } from './config/index.ts';
import type { ContractContext } from './contracts/contract.ts';
import { type Contract, contracts as ours } from './contracts/index.ts';
import { trustedSystems } from './contracts/trusted-systems.ts';
import { adminAt, isAdminFlowName } from './core/admin.ts';
import { authAt, isAuthFlowName } from './core/auth.ts';
import { tokenFactories } from './core/session/index.ts';
import { systemRandom } from './crypto/random.ts';
import {
  createHandlers,
  type DeliverySettings,
  hasEnded,
  OutboxWorker,
  thisProcess,
} from './delivery/index.ts';
import { createServer, forwardAuthMounts, Health, type Mount, MountConflict } from './http/index.ts';
import type { Metrics, MetricsSources } from './metrics.ts';
import { missingPage, registerMailbox, registerRoot, undoPage } from './pages/index.ts';

/** What tests put in the place of the real world. */
export interface Overrides extends Pick<BaseOptions, 'clock' | 'random' | 'pause' | 'hashParameters'> {
  readonly delivery?: Partial<DeliverySettings>;
}

/** What somebody who runs the server from a program of their own decides. */
export interface Embedding extends Overrides {
  /** Which contracts there are to choose from, as the configuration was loaded with; ours unless it says more. */
  readonly contracts?: readonly Contract[];
}

/** How a server process came to be. */
export type Upbringing = Pick<BaseOptions, 'worker'>;

export interface App extends Base {
  readonly server: FastifyInstance;
  readonly mounts: readonly Mount[];
  readonly worker: OutboxWorker;
  readonly health: Health;
  /** Undefined unless a port for them is set. */
  readonly metrics: Metrics | undefined;
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export { version };

/** Loaded only where somebody watches: a library that is not used should not take room. */
async function createMetrics(sources: MetricsSources): Promise<Metrics> {
  const { Metrics } = await import('./metrics.ts');
  return new Metrics(sources);
}

/** Makes the context that each contract gets, bound to the contract's name and with the flows that it lists. */
export function contractContexts(
  { auth, admin, throttle, clock, keys, core, storage, config }: Base,
  health = new Health(() => storage.ping()),
): (contract: Pick<Contract, 'name' | 'flows'>) => ContractContext {
  const { enumeration, environment, productName, publicUrl, appUrl } = config;
  const tokensOf = tokenFactories({ issuer: publicUrl, keys });
  const trusted = trustedSystems(config.privateDoor);
  const context = {
    throttle,
    clock,
    health,
    canCarry: core.outbox.canCarry.bind(core.outbox),
    enumeration,
    environment,
    productName,
    publicUrl,
    appUrl,
    version,
  };
  return ({ name, flows }) => {
    const adminFlows = flows.filter(isAdminFlowName);
    return {
      ...context,
      tokens: tokensOf(name),
      createAuth: (policy) => authAt(auth, { ...policy, name }, flows.filter(isAuthFlowName)),
      ...(adminFlows.length > 0 && {
        operators: { admin: adminAt(admin, name, adminFlows), trustedSystems: trusted },
      }),
    } as ContractContext;
  };
}

/** The whole server, ready to listen. @throws {ConfigError} when LATCHKEY_WORKERS asks for processes that it does not start */
export async function createApp(
  config: Config,
  log: Logger,
  embedding: Embedding & Upbringing = {},
): Promise<App> {
  assertOneProcess(config, embedding);
  const base = await createBase(config, log, embedding);
  try {
    return await assemble(base, embedding);
  } catch (error) {
    await base.close();
    throw error;
  }
}

/** Only the command `latchkey` starts worker processes; a program that embeds the server is one process. */
function assertOneProcess({ workers }: Config, { worker }: Upbringing): void {
  if (workers === 1 || worker !== undefined) return;
  const problem = 'this program is one process and starts no others';
  const fix = 'write 1, or run latchkey serve and name your contracts in LATCHKEY_CONTRACT_MODULES';
  throw new ConfigError([{ name: 'LATCHKEY_WORKERS', given: String(workers), problem, fix }]);
}

async function assemble(base: Base, embedding: Embedding): Promise<App> {
  const { random = systemRandom, delivery, contracts = ours } = embedding;
  const { config, log, clock, core, auth, storage, throttle, hashing, channels, mailbox } = base;
  const { environment, productName } = config;
  const metrics =
    config.metricsPort === undefined ? undefined : await createMetrics({ hashing, storage, clock });
  const worker = new OutboxWorker({
    store: storage.outbox,
    open: (entry) => core.outbox.open(entry),
    handlers: createHandlers({ channels, sender: { productName, appUrl: config.appUrl }, clock }),
    clock,
    random,
    log: log.child({ part: 'delivery' }),
    owner: thisProcess,
    ...(!base.isShared && { hasEnded }),
    ...(metrics !== undefined && { observer: metrics.countDelivery.bind(metrics) }),
    // A mailbox shows everybody's messages as it is, and people at work wait for them.
    settings: { ...(mailbox !== undefined && { wakeDelay: { minMs: 0, maxMs: 0 } }), ...delivery },
  });
  core.outbox.subscribe(() => worker.wake());

  const health = new Health(() => storage.ping());
  const contextOf = contractContexts(base, health);
  const chosen = contracts.filter(({ name }) => config.contracts.includes(name));
  const mounts: Mount[] = [];
  for (const contract of chosen) {
    mounts.push(...(await contract.mounts(contextOf(contract), contractValues(config, contract))));
  }
  mounts.push(...forwardAuthMounts(mounts));
  mounts.push(undoPage({ auth, throttle, productName, appUrl: config.appUrl }));
  await Promise.all(channels.map((channel) => channel.warmUp?.()));
  const server = await createServer({ ...config, missingPage: missingPage(config) }, mounts, {
    log,
    health,
  }).catch((error: unknown) => {
    if (!(error instanceof MountConflict)) throw error;
    const fix = 'list contracts whose paths differ';
    throw new ConfigError([{ name: 'LATCHKEY_CONTRACTS', problem: error.message, fix }]);
  });
  // It shows live codes to whoever can reach it. Where others can, the log of this machine still shows them.
  if (mailbox !== undefined && isLoopback(config.host)) {
    registerMailbox(
      server,
      mailbox,
      (host) => isLoopback(host) || host === new URL(config.publicUrl).hostname,
    );
    if (environment === 'development') registerRoot(server, productName);
  }
  metrics?.observe(server);
  return { ...base, server, mounts, worker, health, metrics };
}
