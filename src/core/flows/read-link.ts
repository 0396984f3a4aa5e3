import type { ContactIdentifier } from '../account/index.ts';
import type { ChallengePurpose } from '../challenge/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import type { AddressPermit } from '../throttle/index.ts';
import { type SignUpLinkState, stateOf } from './sign-up-link.ts';

export interface LinkLookup {
  readonly contract: ContractPolicy;
  readonly permit: AddressPermit<'confirm'>;
  readonly purpose: ChallengePurpose;
  readonly token: string;
  /** Whom the link must have been sent to, where it says so. */
  readonly identifier?: ContactIdentifier;
}

/**
 * What a link is worth, for the page that it opens: its owner is to learn of a dead one before typing anything. Looks and
 * changes nothing, since mail scanners open links as well. Tells nothing to who has no such token: 256 bits name it.
 */
export async function readLink(
  core: Core,
  { contract, purpose, token, identifier }: LinkLookup,
): Promise<SignUpLinkState> {
  const { accounts, challenges } = core.storage;
  const digest = core.challengeSecrets.linkDigest(contract.name, token);
  const challenge = await challenges.findByLink(purpose, digest);
  if (challenge === undefined || (identifier !== undefined && challenge.target !== identifier.key))
    return 'dead';
  const state = stateOf(core, challenge);
  if (state !== 'open') return state;
  // A decoy has no account: no message carried its token.
  if (challenge.accountId === null) return 'dead';
  const account = await accounts.findById(challenge.accountId);
  // An event that ends sessions kills links as well (decision 3).
  return account?.epoch === challenge.epoch ? 'open' : 'dead';
}

readLink.errors = [] as const;
