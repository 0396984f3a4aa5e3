import type { Values } from '../../config/index.ts';
import type { ContractAuth } from '../../core/auth.ts';
import type { ContractContext } from '../contract.ts';
import { fabricLinks, type Links } from './links.ts';
import type { settings } from './settings.ts';

export const NAME = 'fabric';

/** What this contract calls of core; errors.ts answers what these raise. */
export const flows = [
  'signUp',
  'resendSignUp',
  'confirmSignUp',
  'signIn',
  'requestSignIn',
  'approveSignIn',
  'confirmSignIn',
  'refresh',
  'authenticate',
  'updateProfile',
  'requestRecovery',
  'confirmRecovery',
  'changePassword',
  'requestEmailChange',
  'confirmEmailChange',
  'readLink',
] as const;
export type Flow = (typeof flows)[number];

/** What the routes of this contract work with. */
export interface Fabric extends ContractContext<Flow> {
  readonly auth: ContractAuth<Flow>;
  readonly links: Links;
}

export async function createFabric(
  context: ContractContext<Flow>,
  values: Values<typeof settings>,
): Promise<Fabric> {
  const tokens = await context.tokens.jwt({
    accessMs: values.accessMs,
    refreshMs: values.refreshMs,
    contractClaims: ({ accountId }, type) => ({ user_id: accountId.replaceAll('-', ''), type }),
  });
  const auth = context.createAuth({
    disclosesExistence: context.enumeration === 'contract',
    requirements: ['verified', 'enabled'],
    passwordPolicy: { minLength: 8, refuseEntirelyNumeric: true },
    challengeMs: { code: values.codeMs, link: values.linkMs },
    tokens,
    sessionMs: values.sessionMs,
  });
  return { ...context, auth, links: fabricLinks(context.appUrl ?? context.publicUrl) };
}
