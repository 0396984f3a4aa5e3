/**
 * The command `latchkey`. Owns arguments, exit codes and what is printed, one file a command; must not know HTTP
 * or SQL. What changes an account goes through core's flows, in the name of the door `cli`.
 */
import { failureOf } from './failure.ts';
import { Output } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command. Says how it ended by the exit code of the process, and does not throw. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const output = new Output({ json: argv.includes('--json') });
  try {
    await createProgram(output).parseAsync(argv);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) return;
    output.fail(failure);
    process.exitCode = failure.exitCode;
  }
}
