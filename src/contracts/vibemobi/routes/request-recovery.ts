import { parseIdentifier } from '../../../core/account/index.ts';
import { AuthError } from '../../../core/errors.ts';
import { clientOf, type Route } from '../../../http/index.ts';
import { recoveryLink } from '../links.ts';
import type { VibeMobi } from '../vibemobi.ts';

const answer = { message: 'If that email is registered, we sent a password recovery link' };

export const requestRecovery = (vibemobi: VibeMobi): Route => ({
  method: 'POST',
  path: '/password-recovery/:email',
  async handle(request) {
    const { auth, throttle } = vibemobi;
    const { email: typed } = request.params as { email: string };
    const address = await throttle.permitAddress('message', clientOf(request));
    const permit = await throttle.permitIdentifier(address, {
      purpose: 'password_recovery',
      identifier: typed,
    });
    const identifier = addressIn(typed);
    if (identifier === undefined) return answer;
    const delivery = { form: 'link', link: recoveryLink(vibemobi) } as const;
    await auth.requestRecovery({ permit, identifier, delivery });
    return answer;
  },
});

/** What is no address has no account either, and is not told so. */
function addressIn(typed: string) {
  try {
    return parseIdentifier('email', typed);
  } catch (error) {
    if (error instanceof AuthError && error.code === 'identifier_invalid') return undefined;
    throw error;
  }
}
