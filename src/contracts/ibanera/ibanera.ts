import type { Values } from '../../config/index.ts';
import type { ContractAuth } from '../../core/auth.ts';
import type { ContractContext } from '../contract.ts';
import type { settings } from './settings.ts';

export const NAME = 'ibanera';

/** What this contract calls of core; errors.ts answers what these raise. */
export const flows = ['signIn', 'authenticate', 'refresh', 'signOut'] as const;
export type Flow = (typeof flows)[number];

/** What the routes of this contract work with. */
export interface Ibanera extends ContractContext<Flow> {
  readonly auth: ContractAuth<Flow>;
}

export async function createIbanera(
  context: ContractContext<Flow>,
  values: Values<typeof settings>,
): Promise<Ibanera> {
  const tokens = await context.tokens.jwtWithOpaqueRefresh({
    accessMs: values.accessMs,
    refreshMs: values.refreshMs,
    contractClaims: () => ({}),
  });
  const auth = context.createAuth({
    // One answer for the unknown and the wrong, whatever the operator chose: so the documentation has it.
    disclosesExistence: false,
    requirements: ['enabled', 'verified', 'totp'],
    passwordPolicy: { minLength: 8 },
    // It sends no codes and no links.
    challengeMs: { code: 0, link: 0 },
    tokens,
    sessionMs: values.sessionMs,
  });
  return { ...context, auth };
}
