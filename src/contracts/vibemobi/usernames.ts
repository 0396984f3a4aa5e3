import type { Identifier } from '../../core/account/index.ts';
import { AnswerError } from '../../http/index.ts';
import { fieldRefusal } from './validation.ts';

const notAUsername = fieldRefusal('username', {
  msg: 'value is not a valid username',
  type: 'value_error.username',
});

/**
 * The username that was asked for; null for none. Clients that have only addresses send the account's own address
 * twice, which is the same as none: it is shown, and finds the account already. Another address is somebody else's.
 * @throws AnswerError 422
 */
export function usernameOf(
  chosen: Identifier | null | undefined,
  ownEmailKey: string | undefined,
): Identifier | null | undefined {
  if (chosen?.kind !== 'email') return chosen;
  if (chosen.key === ownEmailKey) return null;
  throw new AnswerError(notAUsername);
}
