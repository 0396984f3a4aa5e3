import { type IdentifierKind, parseIdentifier } from '../core/account/index.ts';
import { CliError, usageError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { failureOf } from './failure.ts';

const NAME = /^[^\p{Cc}]{1,200}$/u;

interface IdentifierOptions {
  readonly email?: string;
  readonly phone?: string;
  readonly username?: string;
}

/** The value of `--full-name`, where it was given. @throws CliError `usage` */
export function readFullName(fullName: string | undefined): { readonly fullName?: string } {
  if (fullName === undefined) return {};
  if (!NAME.test(fullName)) throw usageError('--full-name is one line of at most 200 characters');
  return { fullName };
}

/** @throws AuthError `identifier_invalid`, CliError where several are wrong: all mistakes are reported at once */
export function readIdentifiers({ email, phone, username }: IdentifierOptions) {
  const refused: unknown[] = [];
  function read<K extends IdentifierKind>(kind: K, text: string | undefined) {
    if (text === undefined) return undefined;
    try {
      return parseIdentifier(kind, text);
    } catch (error) {
      refused.push(error);
      return undefined;
    }
  }
  const [mail, number, name] = [read('email', email), read('phone', phone), read('username', username)];
  if (refused.length > 1) {
    const messages = refused.map((error) => failureOf(error)?.message);
    throw new CliError('identifier_invalid', exitCodes.usage, messages.join('; '));
  }
  if (refused.length > 0) throw refused[0];
  return {
    ...(mail !== undefined && { email: mail }),
    ...(number !== undefined && { phone: number }),
    ...(name !== undefined && { username: name }),
  };
}
