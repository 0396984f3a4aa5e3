import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { startServer } from '../../main.ts';
import type { SettingsInForce } from '../read-config.ts';
import { explainListenError } from './explain-listen-error.ts';
import { type FromPrimary, type FromWorker, isOurs } from './orders.ts';
import type { ProcessLog } from './process-log.ts';
import { superviseProcess } from './supervise-process.ts';

/** One of several server processes. It ends when the primary says so, or with it. */
export async function serveAsWorker(
  { config, contracts }: SettingsInForce,
  processLog: ProcessLog,
): Promise<void> {
  const { log } = processLog;
  const { worker } = cluster;
  if (worker === undefined) throw new Error('a worker without a primary');
  try {
    const place = await askForPlace(worker);
    const starting = startServer(config, log.child({ worker: place }), {
      worker: { leads: place === 0 },
      contracts,
    });
    const { end } = superviseProcess(processLog, {
      role: 'worker',
      async stop() {
        const running = await starting;
        await running.stop();
      },
    });
    worker.on('message', (message: unknown) => {
      if (isOurs<FromPrimary>(message) && message.latchkey === 'stop') end();
    });
    const { url } = await starting;
    tell(worker, { latchkey: 'listens', url });
  } catch (error) {
    // The wire to the primary would keep a process that has failed.
    worker.disconnect();
    throw explainListenError(error, config);
  }
}

async function askForPlace(worker: Worker): Promise<number> {
  const answered = once(worker, 'message');
  tell(worker, { latchkey: 'asks' });
  for (let [message] = await answered; ; [message] = await once(worker, 'message')) {
    if (isOurs<FromPrimary>(message) && message.latchkey === 'place') return message.place;
  }
}

function tell(worker: Worker, message: FromWorker): void {
  worker.send(message);
}
