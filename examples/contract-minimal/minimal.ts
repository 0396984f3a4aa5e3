import type { ContractAuth, ContractContext, Values } from 'latchkey/contracts';
import type { settings } from './settings.ts';

export const NAME = 'minimal';

/** What this contract calls of core; errors.ts answers what these raise. */
export const flows = ['signIn', 'authenticate'] as const;
export type Flow = (typeof flows)[number];

/** What the routes of this contract work with. */
export interface Minimal extends ContractContext<Flow> {
  readonly auth: ContractAuth<Flow>;
}

export function createMinimal(
  context: ContractContext<Flow>,
  { accessMs }: Values<typeof settings>,
): Minimal {
  const auth = context.createAuth({
    disclosesExistence: false,
    requirements: ['enabled'],
    passwordPolicy: { minLength: 8 },
    // It sends no codes and no links.
    challengeMs: { code: 0, link: 0 },
    // No refresh: when the token is over, so is the session.
    tokens: context.tokens.opaque({ accessMs, refreshMs: 0 }),
    sessionMs: accessMs,
  });
  return { ...context, auth };
}
