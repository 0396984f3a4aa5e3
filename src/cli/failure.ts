import { CommanderError } from 'commander';
import { ConfigError, type Mistake } from '../config/config-error.ts';
import { printable } from '../config/printable.ts';
import { AuthError, type AuthErrorCode, type ErrorCategory, type PasswordRule } from '../core/errors.ts';
import { DatabaseTooNew, DatabaseUnusable, MigrationsPending, StorageRefusal } from '../storage/errors.ts';
import { CliError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** How a command ended that did not succeed. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** For scripts. */
  readonly code: string;
  /** One readable line; several only where a configuration has several mistakes. */
  readonly message: string;
  readonly mistakes?: readonly Mistake[];
  /** Only where nobody expected it: whoever reports the bug needs more than a line. */
  readonly stack?: string;
}

/** Everything that can be thrown at the command line. Undefined: help or version was asked for and printed. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof CommanderError) return ofArguments(error);
  if (error instanceof CliError) {
    const { exitCode, code, message } = error;
    return { exitCode, code, message };
  }
  if (error instanceof DatabaseUnusable) {
    const message = `${error.problem}: ${error.fix}`;
    return { exitCode: exitCodes.unavailable, code: 'database_unusable', message };
  }
  if (error instanceof AuthError) return ofRefusal(error);
  if (error instanceof ConfigError) {
    const { message, mistakes } = error;
    return { exitCode: exitCodes.usage, code: 'configuration', message, mistakes };
  }
  if (error instanceof MigrationsPending) {
    return { exitCode: exitCodes.refused, code: 'migrations_pending', message: error.message };
  }
  if (error instanceof DatabaseTooNew) {
    return { exitCode: exitCodes.refused, code: 'database_too_new', message: error.message };
  }
  if (error instanceof StorageRefusal) {
    const exitCode = error.code === 'directory_unusable' ? exitCodes.unavailable : exitCodes.refused;
    return { exitCode, code: error.code, message: printable(error.message, 600) };
  }
  return ofSystem(error) ?? unexpected(error);
}

function ofArguments({ exitCode, code, message }: CommanderError): Failure | undefined {
  if (exitCode === 0) return undefined;
  const text = code === 'commander.help' ? 'a command is missing' : withoutValues(code, message);
  return { exitCode: exitCodes.usage, code: 'usage', message: printable(text, 300) };
}

/** One line, without what was typed wrong: it may be a password. */
function withoutValues(code: string, message: string): string {
  const line = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  if (code === 'commander.excessArguments') {
    return line.replace(/\. Expected.*/, ': a text with spaces needs quotes');
  }
  return line.replace(/^(unknown option '-[^=']*)=.*?'($| \()/, "$1'$2");
}

const malformed = {
  email: 'not a valid e-mail address',
  phone: 'not a valid phone number: write + and the country code first, such as +4917012345678',
  username: 'not a valid username: at most 64 characters, without spaces and @, and + is not the first',
};

const weak: Record<PasswordRule, string> = {
  unchanged: 'the password is the one that the account has',
  too_short: 'the password is too short: at least 8 characters',
  too_long: 'the password is longer than 1024 bytes',
  entirely_numeric: 'the password is only digits',
  common: 'the password is one of the most common ones',
  similar: 'the password is too much like the name or an identifier of the account',
};

const kinds = { email: 'e-mail address', phone: 'phone number', username: 'username' };

const exitCodeOf: Record<ErrorCategory, ExitCode> = {
  invalid: exitCodes.usage,
  unauthenticated: exitCodes.refused,
  forbidden: exitCodes.refused,
  not_found: exitCodes.notFound,
  conflict: exitCodes.refused,
  rate_limited: exitCodes.refused,
  unavailable: exitCodes.unavailable,
  expired: exitCodes.refused,
};

/** What the errors that commands meet mean, for people. Other errors are printed as they are. */
const explanations: Partial<Record<AuthErrorCode, (facts: AuthError['facts']) => string>> = {
  identifier_invalid: ({ kind = 'email' }) => malformed[kind],
  identifier_taken: ({ kind = 'email' }) => `another account has this ${kinds[kind]}`,
  account_gone: () => 'the account was deleted meanwhile',
  password_weak: ({ rule = 'too_short' }) => weak[rule],
  messages_unavailable: ({ reason }) => `no message can be sent: ${reason}`,
  overloaded: () => 'too many passwords are being hashed; try again',
  storage_unavailable: ({ reason = 'no answer' }) => `the database is unavailable: ${reason}`,
};

function ofRefusal({ code, category, facts, message }: AuthError): Failure {
  // The command was right, so that 2 would mislead a script: another password is needed.
  const exitCode = code === 'password_weak' ? exitCodes.refused : exitCodeOf[category];
  return { exitCode, code, message: explanations[code]?.(facts) ?? message };
}

/** What the operating system or SQLite says: readable as it is, and no bug of ours. */
function ofSystem(error: unknown): Failure | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  if (error.code === 'ERR_SQLITE_ERROR') {
    const message = `the database cannot be used: ${error.message}`;
    return { exitCode: exitCodes.unavailable, code: 'database_unusable', message };
  }
  if (!('syscall' in error)) return undefined;
  return { exitCode: exitCodes.unexpected, code: 'system', message: printable(error.message, 300) };
}

function unexpected(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  return {
    exitCode: exitCodes.unexpected,
    code: 'unexpected',
    message,
    stack: `latchkey met a bug: ${stack}`,
  };
}
