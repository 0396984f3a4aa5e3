import { type ContactIdentifier, isVerified, parseIdentifier, provedAt } from '../account/index.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import { type Act, actOnAccount } from './steps/act-on-account.ts';
import { dropContestedPassword } from './steps/drop-contested-password.ts';
import { dropUnprovedPassword } from './steps/drop-unproved-password.ts';
import { takeAddress } from './steps/take-address.ts';

export interface IdentifierVerification extends Act {
  /** Which of the account's addresses. */
  readonly kind: ContactIdentifier['kind'];
  /** The operator knows that the owner of the address set the password of this account. */
  readonly keepsPassword?: boolean;
}

/**
 * An operator marks an address of the account as verified. A pending sign-up becomes active as if its code had been
 * entered. An active account that has proved no address before loses its password and its sessions, which may be
 * those of another person, unless `keepsPassword` is set (SEC-028).
 * @returns `absent` when the account has no such address, `verified_before` when nothing changed, `contested` when another
 *   sign-up waits for the address, whose owner alone can say which is theirs
 * @throws AuthError `account_gone`, `identifier_taken` when another account has proved the address
 */
export async function verifyIdentifier(
  core: Core,
  { kind, keepsPassword = false, ...act }: IdentifierVerification,
): Promise<'verified' | 'verified_before' | 'absent' | 'contested'> {
  return actOnAccount(core, act, async ({ stores, account, now, happening, record }) => {
    const held = account[kind];
    const target =
      held === null ? await stores.accounts.signUpAddress(account.id) : parseIdentifier(kind, held);
    if (target?.kind !== kind) return 'absent';
    if (provedAt(account, kind) !== null) return 'verified_before';
    const signUp = await stores.accounts.findPending(target);
    if (signUp !== undefined && signUp.accountId !== account.id) return 'contested';
    const isPending = account.activatedAt === null;
    if (isPending) await dropContestedPassword(stores, account.id, happening);
    else if (!isVerified(account) && !keepsPassword) {
      await dropUnprovedPassword(stores, account.id, happening);
    }
    // Another account holds it, unproved.
    if (held === null && !(await takeAddress(core, stores, { account, address: target, happening }))) {
      throw new AuthError('identifier_taken', { kind });
    }
    await stores.accounts.markVerified(account.id, kind, now);
    await record({ type: 'identifier_verified', detail: { kind } });
    if (isPending) await record({ type: 'account_activated' });
    return 'verified';
  });
}

verifyIdentifier.errors = ['account_gone'] as const;
