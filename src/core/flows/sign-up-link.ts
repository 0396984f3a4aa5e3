import type { TriedChallenge } from '../challenge/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { AddressPermit } from '../throttle/index.ts';
import { completeSignUp } from './steps/complete-sign-up.ts';

/** What a sign-up link is worth. `spent`: it has activated the account. */
export type SignUpLinkState = 'open' | 'spent' | 'dead';

export interface SignUpLink {
  readonly contract: ContractPolicy;
  readonly permit: AddressPermit<'confirm'>;
  /** 256 bits that name their challenge: whoever has them needs to say nothing else. */
  readonly token: string;
}

export function stateOf(core: Core, challenge: TriedChallenge | undefined): SignUpLinkState {
  if (challenge === undefined) return 'dead';
  if (challenge.consumedAt !== null) return 'spent';
  return challenge.expiresAt <= core.clock.now() ? 'dead' : 'open';
}

function find(
  { storage, challengeSecrets }: Core,
  { contract, token }: Pick<SignUpLink, 'contract' | 'token'>,
) {
  return storage.challenges.findByLink('sign_up', challengeSecrets.linkDigest(contract.name, token));
}

/** Looks and changes nothing: for the page that a link opens, which mail scanners open as well. */
export async function readSignUpLink(core: Core, shown: SignUpLink): Promise<SignUpLinkState> {
  return stateOf(core, await find(core, shown));
}

/**
 * Activates the sign-up that the link was sent for. Of parallel calls one finds it `open`; whoever comes later hears
 * `spent`, and whoever has no such link `dead`.
 *
 * @returns what the link was when it was used
 */
export async function confirmSignUpLink(
  core: Core,
  { contract, permit, token }: SignUpLink,
): Promise<SignUpLinkState> {
  const challenge = await find(core, { contract, token });
  const state = stateOf(core, challenge);
  if (challenge === undefined || state !== 'open') return state;
  const { accountId } = challenge;
  // A decoy: no message carried its token.
  if (accountId === null) return 'dead';
  const { address } = permit.client;
  try {
    await core.storage.transaction(async (stores) => {
      const happening = { at: core.clock.now(), door: contract.name, address };
      if (!(await stores.challenges.consume(challenge.id, happening.at))) throw new AuthError('code_invalid');
      const account = await stores.accounts.findById(accountId);
      if (account === undefined) throw new AuthError('code_invalid');
      await completeSignUp(core, stores, { account, challenge, happening });
    });
    core.outbox.notifyListeners();
    return 'open';
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== 'code_invalid') throw error;
  }
  // Somebody was faster, or the account has moved on and the link died with its epoch.
  const now = stateOf(core, await find(core, { contract, token }));
  return now === 'spent' ? 'spent' : 'dead';
}

readSignUpLink.errors = [] as const;
confirmSignUpLink.errors = [] as const;
