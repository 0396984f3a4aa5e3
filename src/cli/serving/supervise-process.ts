import type { Logger } from 'pino';
import { exitCodes } from '../exit-codes.ts';

/** npm passes a Ctrl+C on that the terminal has sent to everybody already: both are one wish. */
const SAME_WISH_MS = 500;
/** Longer than any orderly stop takes. */
const DEADLINE_MS = 15_000;

/** Ends the process when it is told to, and tells the log when something ends or shakes it. */
export function superviseProcess(log: Logger, stop: () => Promise<void>): void {
  let endingSince: number | undefined;
  let exitCode: number = exitCodes.ok;

  function end(): void {
    if (endingSince !== undefined) return;
    endingSince = performance.now();
    setTimeout(() => process.exit(exitCodes.unexpected), DEADLINE_MS).unref();
    stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        log.error({ event: 'stop_failed', err: error }, 'could not stop in good order');
        process.exit(exitCodes.unexpected);
      },
    );
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (endingSince === undefined) {
      log.info({ event: 'signal', signal }, `${signal}: stopping; once more to stop at once`);
      end();
    } else if (performance.now() - endingSince > SAME_WISH_MS) {
      process.exit(exitCodes.unexpected);
    }
  }

  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // One handler forgot to wait for something. The others are well and go on.
  process.on('unhandledRejection', (error) => {
    log.error({ event: 'unhandled_rejection', err: error }, 'a promise was rejected and nobody listened');
  });
  // Nobody knows in which state the code that threw left things.
  process.on('uncaughtException', (error) => {
    log.fatal({ event: 'uncaught_exception', err: error }, 'an error that nobody caught; stopping');
    exitCode = exitCodes.unexpected;
    end();
  });
}
