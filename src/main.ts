/**
 * The process: starts what app.ts has put together, and ends it so that nothing acknowledged or under way is lost.
 */
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type App, createApp, type Embedding, type Upbringing } from './app.ts';
import type { Config } from './config/index.ts';
import { counted } from './core/words.ts';
import { serveMetrics } from './metrics-server.ts';

/** How long balancers get to notice that health says no, before the listening socket closes. */
const READINESS_NOTICE_MS = { production: 1_000, development: 0, test: 0 };
/** After this, what is still under way is cut: an orchestrator's patience is shorter than ours. */
const SHUTDOWN_DEADLINE_MS = 9_000;
const PURGE_INTERVAL_MS = 10 * 60_000;

export interface RunningServer {
  readonly app: App;
  /** Where it listens, with the port that was chosen if 0 was asked for. */
  readonly url: string;
  /** Readiness first, then what is under way, then the database. Idempotent. */
  stop(): Promise<void>;
}

/** @throws ConfigError and errors of the operating system, with nothing left open. */
export async function startServer(
  config: Config,
  log: Logger,
  embedding: Embedding & Upbringing = {},
): Promise<RunningServer> {
  const { worker: role } = embedding;
  const leads = role === undefined || role.leads;
  if (role === undefined)
    for (const warning of config.warnings) log.warn({ event: 'configuration' }, warning);
  const app = await createApp(config, log, embedding);
  const { server, worker, health, maintenance } = app;
  let metricsServer: Server | undefined;
  let url: string;
  try {
    url = await server.listen({ host: config.host, port: config.port });
    if (role === undefined) metricsServer = await serveMetrics(config, app.metrics?.figures());
    else app.metrics?.shareWithPrimary();
  } catch (error) {
    await server.close();
    await app.close();
    throw error;
  }
  // Of several processes the primary says it, once all of them do.
  if (role === undefined) log.info({ event: 'listening', url }, `listening on ${url}`);
  else log.info({ event: 'worker_serves', pid: process.pid }, 'a worker serves');
  if (leads) await resealTotp(app);
  worker.start();
  let isPurging = false;
  let isStopping = false;
  const purge = () => {
    // A large purge may take longer than the interval.
    if (isPurging) return;
    isPurging = true;
    maintenance
      .purge()
      .catch((error: unknown) => {
        // Stopping closes the database between two pieces; the next start continues.
        if (!isStopping) log.error({ event: 'purge_failed', err: error }, 'could not purge');
      })
      .finally(() => {
        isPurging = false;
      });
  };
  const purging = leads ? setInterval(purge, PURGE_INTERVAL_MS).unref() : undefined;

  async function shutDown(): Promise<void> {
    isStopping = true;
    log.info({ event: 'stopping' }, 'stopping');
    health.stopAccepting();
    await pause(READINESS_NOTICE_MS[config.environment]);
    clearInterval(purging);
    const deadline = setTimeout(() => server.server.closeAllConnections(), SHUTDOWN_DEADLINE_MS).unref();
    await server.close();
    clearTimeout(deadline);
    metricsServer?.close();
    await worker.stop();
    await app.close();
    log.info({ event: 'stopped' }, 'stopped');
  }

  let stopped: Promise<void> | undefined;
  return {
    app,
    url,
    stop() {
      stopped ??= shutDown();
      return stopped;
    },
  };
}

/** What a former secret sealed is sealed with the one of now, so that the operator can give the former up. */
async function resealTotp({ maintenance, log }: App): Promise<void> {
  try {
    const { resealed, unreadable } = await maintenance.resealTotp();
    if (resealed > 0)
      log.info({ event: 'totp_resealed', resealed }, `${counted(resealed, 'TOTP secret')} sealed anew`);
    if (unreadable === 0) return;
    const problem = `${counted(unreadable, 'TOTP secret was', 'TOTP secrets were')} sealed with a secret that is not here`;
    log.error({ event: 'totp_unreadable', unreadable }, `${problem}: set LATCHKEY_PREVIOUS_SECRETS`);
  } catch (error) {
    log.error({ event: 'totp_reseal_failed', err: error }, 'could not seal TOTP secrets anew');
  }
}
