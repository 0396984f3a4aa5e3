import type { Values } from '../../config/index.ts';
import type { ContractAuth } from '../../core/auth.ts';
import type { ContractContext, OperatorAccess } from '../contract.ts';
import type { settings } from './settings.ts';

export const NAME = 'vibemobi';

/** What the routes of this contract work with. */
export interface VibeMobi extends ContractContext, OperatorAccess {
  readonly auth: ContractAuth;
}

export async function createVibeMobi(
  context: ContractContext,
  { accessMs, recoveryMs }: Values<typeof settings>,
): Promise<VibeMobi> {
  const tokens = await context.tokens.jwt({
    accessMs,
    refreshMs: 0,
    contractClaims: () => ({}),
  });
  const auth = context.createAuth({
    // Sign-up says what is taken, as documented; everything that reads a mailbox or a password tells nothing.
    disclosesExistence: false,
    requirements: ['enabled'],
    passwordPolicy: { minLength: 8, refuseUnchanged: true },
    challengeMs: { code: recoveryMs, link: recoveryMs },
    tokens,
    sessionMs: accessMs,
  });
  const { operators } = context;
  if (operators === undefined) throw new Error('VibeMobi has routes for operators and must declare them');
  return { ...context, ...operators, auth };
}
