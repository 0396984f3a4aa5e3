import type { ContractAuth, ContractContext, Values } from 'latchkey/contracts';
import type { settings } from './settings.ts';

export const NAME = 'minimal';

/** What the routes of this contract work with. */
export interface Minimal extends ContractContext {
  readonly auth: ContractAuth;
}

export function createMinimal(context: ContractContext, { accessMs }: Values<typeof settings>): Minimal {
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
