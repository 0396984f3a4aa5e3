import { type ContactIdentifier, parseIdentifier, provedAt } from '../account/index.ts';
import type { Core } from '../core.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { dropContestedPassword } from './steps/drop-contested-password.ts';

export interface IdentifierVerification extends Act {
  /** Which of the account's addresses. */
  readonly kind: ContactIdentifier['kind'];
}

/**
 * An operator marks an address of the account as verified, which deletes other pending sign-ups for it. A pending sign-up
 * becomes active and keeps its password, unless another sign-up competed with it (decision 20).
 * @returns `absent` when the account has no such address, `verified_before` when nothing changed
 * @throws AuthError `account_gone`
 */
export async function verifyIdentifier(
  core: Core,
  { kind, ...act }: IdentifierVerification,
): Promise<'verified' | 'verified_before' | 'absent'> {
  return actOnAccount(core, act, async ({ stores, account, now, happening, record }) => {
    const address = account[kind];
    if (address === null) return 'absent';
    if (provedAt(account, kind) !== null) return 'verified_before';
    const isPending = account.activatedAt === null;
    if (isPending) await dropContestedPassword(stores, account.id, happening);
    await stores.accounts.markVerified(account.id, kind, now);
    // After markVerified, so that this account is no longer among the pending ones.
    await stores.accounts.deletePending({ [kind]: parseIdentifier(kind, address) });
    await record({ type: 'identifier_verified', detail: { kind } });
    if (isPending) await record({ type: 'account_activated' });
    return 'verified';
  });
}
