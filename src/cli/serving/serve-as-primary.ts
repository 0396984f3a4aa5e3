import { createBase } from '../../base.ts';
import type { Config } from '../../config/index.ts';
import { serveMetrics } from '../../metrics-server.ts';
import { countForWorkers } from '../../storage/index.ts';
import { Crew, StillbornWorker } from './crew.ts';
import { explainListenError } from './explain-listen-error.ts';
import type { ProcessLog } from './process-log.ts';
import { superviseProcess } from './supervise-process.ts';

/**
 * Starts and keeps LATCHKEY_WORKERS processes that serve requests on one port. Does itself what must be done once: the
 * schema and the development secret before they start, limits by time where the database counts none, and metrics.
 */
export async function serveAsPrimary(config: Config, processLog: ProcessLog): Promise<void> {
  const { log } = processLog;
  for (const warning of config.warnings) log.warn({ event: 'configuration' }, warning);
  const base = await createBase(config, log);
  await base.close();
  countForWorkers();
  const crew = new Crew(log);
  // A terminal's Ctrl+C and a service manager reach the workers, too; they leave it to the primary.
  const { exit } = superviseProcess(processLog, {
    role: 'primary',
    stop: () => crew.stop(),
    abandon: () => crew.kill(),
  });
  try {
    const figures =
      config.metricsPort === undefined ? undefined : (await import('../../metrics.ts')).figuresOfWorkers();
    await serveMetrics(config, figures).catch((error: unknown) => {
      throw explainListenError(error, config);
    });
    const url = await crew.start(config.workers);
    log.info(
      { event: 'listening', url, workers: config.workers },
      `${config.workers} processes, listening on ${url}`,
    );
  } catch (error) {
    crew.kill();
    // It has said why, on the same standard error.
    if (error instanceof StillbornWorker) return exit(error.exitCode);
    throw error;
  }
}
