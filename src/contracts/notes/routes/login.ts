import { type Identifier, parseLogin } from '../../../core/account/index.ts';
import { AuthError } from '../../../core/errors.ts';
import { digest } from '../../../crypto/digests.ts';
import { clientOf, type Route } from '../../../http/index.ts';
import { alreadyLoggedIn } from '../errors.ts';
import { fieldsOf, required, requiredTrimmed } from '../fields.ts';
import type { Notes } from '../notes.ts';
import { presentTokens } from '../presenter.ts';
import { isSignedIn } from '../requests.ts';

export const login = (notes: Notes, base: string): Route => ({
  method: 'POST',
  path: `${base}/login`,
  async handle(request) {
    const { auth, throttle } = notes;
    const address = await throttle.permitAddress('sign_in', clientOf(request));
    const fields = fieldsOf(request);
    const typed = fields.get('username') ?? '';
    const permit = await throttle.permitIdentifier(address, { purpose: 'sign_in', identifier: typed });
    if (await isSignedIn(notes, request)) throw alreadyLoggedIn();
    const identifier = readLogin(requiredTrimmed(fields, 'username'));
    const password = required(fields, 'password');
    const tokens = await auth.signIn({ permit, identifier, password }).catch(hideLock);
    const { accessMs } = auth.contract.tokens;
    return presentTokens({ message: 'Login success', tokens, reference: 'auth_grant', accessMs });
  },
});

/** A text that can be nobody's name is nobody's, and costs what anybody's does. */
function readLogin(text: string): Identifier {
  try {
    return parseLogin(text);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    // No username has a space in it.
    const key = ` ${digest(text).toString('base64url')}`;
    return { kind: 'username', value: key, key };
  }
}

/** Not a word of a lock, and no `Retry-After` that speaks of one. */
function hideLock(error: unknown): never {
  const locked = error instanceof AuthError && error.code === 'account_locked';
  throw locked ? new AuthError('credentials_invalid', { reason: 'locked', cause: error }) : error;
}
