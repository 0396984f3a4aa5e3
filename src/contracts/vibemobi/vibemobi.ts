import type { Values } from '../../config/index.ts';
import type { Door } from '../../core/door.ts';
import type { ContractContext } from '../contract.ts';
import type { settings } from './settings.ts';

export const NAME = 'vibemobi';

/** What this contract calls of core; errors.ts answers what these raise. */
export const flows = [
  'signIn',
  'authenticate',
  'requestRecovery',
  'confirmRecovery',
  'readLink',
  'changePassword',
  'createAccount',
  'findAccount',
  'listAccounts',
  'updateAccount',
  'deleteAccount',
  'noteTrustedUse',
] as const;
export type Flow = (typeof flows)[number];

/** What the routes of this contract work with. */
export interface VibeMobi extends ContractContext<Flow> {
  readonly door: Door;
}

export async function createVibeMobi(
  context: ContractContext<Flow>,
  { accessMs, recoveryMs }: Values<typeof settings>,
): Promise<VibeMobi> {
  const tokens = await context.tokens.jwt({
    accessMs,
    refreshMs: 0,
    contractClaims: () => ({}),
  });
  const door: Door = {
    contract: NAME,
    // Sign-up says what is taken, as documented; everything that reads a mailbox or a password tells nothing.
    discloses: false,
    demands: ['enabled'],
    passwordPolicy: { minLength: 8, refuseUnchanged: true },
    challengeMs: { code: recoveryMs, link: recoveryMs },
    tokens,
    sessionMs: accessMs,
  };
  return { ...context, door };
}
