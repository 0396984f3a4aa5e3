import { type ExitCode, exitCodes } from './exit-codes.ts';

/** An expected end of a command: one line for people, a code for scripts. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** The command was not written as it must be. */
export function usageError(message: string): CliError {
  return new CliError('usage', exitCodes.usage, message);
}

/** It was asked for, and did not happen. */
export function refusedError(code: string, message: string): CliError {
  return new CliError(code, exitCodes.refused, message);
}

export function notFoundError(message: string): CliError {
  return new CliError('not_found', exitCodes.notFound, message);
}
