import cluster from 'node:cluster';
import { type Config, isLoopback } from '../../config/index.ts';
import { type RunningServer, startServer } from '../../main.ts';
import type { Output } from '../output.ts';
import { readSettings } from '../read-config.ts';
import { explainListenError } from './explain-listen-error.ts';
import { openProcessLog } from './process-log.ts';
import { serveAsPrimary } from './serve-as-primary.ts';
import { serveAsWorker } from './serve-as-worker.ts';
import { superviseProcess } from './supervise-process.ts';
import { tryThis } from './try-this.ts';

/** Runs the server until a signal ends it. Returns once it listens. */
export async function serve({ json }: Output): Promise<void> {
  const settings = await readSettings();
  const { config, contracts } = settings;
  const inDevelopment = config.environment === 'development' && !json;
  const isReadable = inDevelopment && process.stdout.isTTY === true;
  const processLog = openProcessLog(config.logLevel, { isReadable });

  if (config.workers > 1)
    return cluster.isPrimary ? serveAsPrimary(config, processLog) : serveAsWorker(settings, processLog);
  const starting = startServer(config, processLog.log, { contracts }).catch((error: unknown) => {
    throw explainListenError(error, config);
  });
  superviseProcess(processLog, {
    role: 'server',
    async stop() {
      const running = await starting;
      await running.stop();
    },
  });
  const running = await starting;
  // The log has standard output to itself where a program or a file reads it.
  const people = process.stdout.isTTY === true ? process.stdout : process.stderr;
  if (!inDevelopment || !canTry(config, running)) return;
  people.write(tryThis(running.url, { hasMailbox: isLoopback(config.host) }));
}

/** The commands to try speak to this contract, and the mailbox or the log shows the code. */
function canTry({ contracts }: Config, { app }: RunningServer): boolean {
  return contracts.includes('fabric') && app.mailbox !== undefined;
}
