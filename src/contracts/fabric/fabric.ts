import type { Values } from '../../config/index.ts';
import type { ContractAuth } from '../../core/auth.ts';
import type { ContractContext } from '../contract.ts';
import { fabricLinks, type Links } from './links.ts';
import type { settings } from './settings.ts';

export const NAME = 'fabric';

/** What the routes of this contract work with. */
export interface Fabric extends ContractContext {
  readonly auth: ContractAuth;
  readonly links: Links;
}

export async function createFabric(
  context: ContractContext,
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
