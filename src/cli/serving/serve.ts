import cluster from 'node:cluster';
import type { Config } from '../../config/index.ts';
import { createLog } from '../../log.ts';
import { type RunningServer, startServer } from '../../main.ts';
import type { Output } from '../output.ts';
import { readConfig } from '../read-config.ts';
import { explainListenError } from './explain-listen-error.ts';
import { readableLines } from './readable-lines.ts';
import { serveAsPrimary } from './serve-as-primary.ts';
import { serveAsWorker } from './serve-as-worker.ts';
import { superviseProcess } from './supervise-process.ts';
import { tryThis } from './try-this.ts';

/** Runs the server until a signal ends it. Returns once it listens. */
export async function serve({ json }: Output): Promise<void> {
  const config = readConfig();
  const inDevelopment = config.environment === 'development' && !json;
  const readable = inDevelopment && process.stdout.isTTY === true;
  const log = createLog(config.logLevel, readable ? readableLines(process.stdout) : undefined);

  if (config.workers > 1) return cluster.isPrimary ? serveAsPrimary(config, log) : serveAsWorker(config, log);
  const starting = startServer(config, log).catch((error: unknown) => {
    throw explainListenError(error, config.metricsPort);
  });
  superviseProcess(log, {
    role: 'server',
    async stop() {
      const running = await starting;
      await running.stop();
    },
  });
  const running = await starting;
  // The log has standard output to itself where a program or a file reads it.
  const people = process.stdout.isTTY === true ? process.stdout : process.stderr;
  if (inDevelopment && canTry(config, running)) people.write(tryThis(running.url));
}

/** The commands to try speak to this contract and read the code from the mailbox. */
function canTry({ contracts }: Config, { app }: RunningServer): boolean {
  return contracts.includes('fabric') && app.mailbox !== undefined;
}
