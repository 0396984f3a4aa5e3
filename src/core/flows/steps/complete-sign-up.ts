import { type Account, parseIdentifier } from '../../account/index.ts';
import type { TriedChallenge } from '../../challenge/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import type { Stores } from '../../storage.ts';
import { dropContestedPassword } from './drop-contested-password.ts';
import { proveIdentifier } from './prove-identifier.ts';
import { type Happening, takeAddress } from './take-address.ts';

/**
 * In the caller's transaction: a sign-up's code or link was used. A pending account becomes active; one whose sign-up was
 * contested has no password then, because the one that was set may be another person's (decision 20). An account that
 * was active before has proved its address for the first time.
 * @throws AuthError `code_invalid` when another account proved the address meanwhile
 */
export async function completeSignUp(
  core: Core,
  stores: Stores,
  { account, challenge, happening }: { account: Account; challenge: TriedChallenge; happening: Happening },
): Promise<void> {
  const kind = challenge.channel === 'email' ? 'email' : 'phone';
  const address = parseIdentifier(kind, challenge.address);
  const isPending = account.activatedAt === null;
  if (isPending) await dropContestedPassword(stores, account.id, happening);
  // Another account holds it, unproved.
  if (account[kind] === null && !(await takeAddress(core, stores, { account, address, happening }))) {
    throw new AuthError('code_invalid', { reason: 'another account proved the address' });
  }
  if (!isPending) {
    // A contract that lets accounts be used at once made it: its password may be another person's (SEC-028).
    await proveIdentifier(core, stores, { account, channel: challenge.channel, door: happening.door });
    return;
  }
  await stores.accounts.markVerified(account.id, kind, happening.at);
  await stores.audit.record({ ...happening, accountId: account.id, type: 'account_activated' });
}
