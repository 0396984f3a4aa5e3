import type { Values } from '../../config/index.ts';
import type { ContractAuth } from '../../core/auth.ts';
import type { ContractContext } from '../contract.ts';
import type { settings } from './settings.ts';

export const NAME = 'notes';

/** What this contract calls of core; errors.ts answers what these raise. */
export const flows = [
  'signUp',
  'readSignUpLink',
  'confirmSignUpLink',
  'signIn',
  'authenticate',
  'refresh',
] as const;
export type Flow = (typeof flows)[number];

/** What the routes of this contract work with. */
export interface Notes extends ContractContext<Flow> {
  readonly auth: ContractAuth<Flow>;
}

export function createNotes(context: ContractContext<Flow>, values: Values<typeof settings>): Notes {
  const { accessMs, refreshMs, linkMs } = values;
  const auth = context.createAuth({
    disclosesExistence: context.enumeration === 'contract',
    requirements: ['activated', 'enabled'],
    passwordPolicy: { minLength: 9 },
    // This contract sends links only.
    challengeMs: { code: linkMs, link: linkMs },
    tokens: context.tokens.opaque({ accessMs, refreshMs }),
    // An access token that is drawn with the last breath of its refresh token still has its full time.
    sessionMs: refreshMs + accessMs,
  });
  return { ...context, auth };
}

/** `…/verify?token=…`. Never anything that a request said (SEC-073). */
export function signUpLink({ publicUrl }: Pick<Notes, 'publicUrl'>) {
  return (token: string): string => `${publicUrl}/verify?token=${encodeURIComponent(token)}`;
}
