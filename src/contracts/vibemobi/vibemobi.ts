import type { Values } from '../../config/index.ts';
import type { AdminFlowName } from '../../core/admin.ts';
import type { ContractAuth } from '../../core/auth.ts';
import type { ContractContext, OperatorAccess } from '../contract.ts';
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
  'signUpWithoutConfirmation',
  'updateOwnAccount',
  'deleteOwnAccount',
  // Of `admin`, for superusers and trusted systems.
  'createAccount',
  'findAccount',
  'listAccounts',
  'updateAccount',
  'deleteAccount',
  'recordPrivateApiUse',
] as const;
export type Flow = (typeof flows)[number];

/** What the routes of this contract work with. */
export interface VibeMobi extends ContractContext<Flow>, OperatorAccess<Flow> {
  readonly auth: ContractAuth<Exclude<Flow, AdminFlowName>>;
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
  if (operators === undefined) throw new Error('VibeMobi lists flows of admin and is lent none');
  return { ...context, ...operators, auth };
}
