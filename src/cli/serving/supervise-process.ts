import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { ProcessLog } from './process-log.ts';

/** npm passes a Ctrl+C on that the terminal has sent to everybody already: both are one wish. */
const SAME_WISH_MS = 500;
/** Longer than any orderly stop takes. */
const DEADLINE_MS = 15_000;

/** How long the process waits for a reader of its log. */
const LOG_PATIENCE_MS = 1_000;

/** So that each worker has had its own time before its primary's is over. */
const PRIMARY_DEADLINE_MS = DEADLINE_MS + 2_000;

export interface Supervised {
  readonly role: 'server' | 'primary' | 'worker';
  /** In good order. */
  stop(): Promise<void>;
  /** What must not outlive the process. */
  abandon?(): void;
}

/**
 * Ends the process at a signal, and logs what ends or disturbs it.
 * @returns how to end it without a signal, in good order or at once
 */
export function superviseProcess(
  { log, finish }: ProcessLog,
  { role, stop, abandon }: Supervised,
): { end(): void; exit(code: number): void } {
  let endingSince: number | undefined;
  let exitCode: ExitCode = exitCodes.ok;

  function exit(code: number): void {
    // With a write that blocks, not even process.exit() returns: Node waits for the thread that writes.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LOG_PATIENCE_MS);
    const leave = () => process.exit(code);
    finish().then(leave, leave);
  }

  function giveUp(): void {
    abandon?.();
    exit(exitCodes.unexpected);
  }

  function end(): void {
    if (endingSince !== undefined) return;
    endingSince = performance.now();
    setTimeout(giveUp, role === 'primary' ? PRIMARY_DEADLINE_MS : DEADLINE_MS).unref();
    stop().then(
      () => exit(exitCode),
      (error: unknown) => {
        log.error({ event: 'stop_failed', err: error }, 'could not stop in good order');
        giveUp();
      },
    );
  }

  function onSignal(signal: NodeJS.Signals): void {
    // A terminal sends Ctrl+C to everybody, and whoever is impatient is so with the primary, which ends its workers.
    if (role === 'worker') end();
    else if (endingSince === undefined) {
      log.info({ event: 'signal', signal }, `${signal}: stopping; once more to stop at once`);
      end();
    } else if (performance.now() - endingSince > SAME_WISH_MS) {
      giveUp();
    }
  }

  // SIGHUP is what a terminal sends that is closed.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
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
  return { end, exit };
}
