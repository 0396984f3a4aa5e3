import type { Account } from '../account/index.ts';
import type { AuditEvent, AuditEventType } from '../audit/index.ts';
import type { Core } from '../core.ts';
import { passwordCounter, totpCounter } from '../throttle/index.ts';

/** A lock in force. */
export interface SignInLock {
  readonly reason: 'wrong_passwords' | 'wrong_totp_codes';
  /** Epoch milliseconds; null when only an unlock or a reset ends the lock. */
  readonly until: number | null;
}

/** Facts about the sign-in of an account that are stored outside of its row. */
export interface SignInState {
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  readonly locks: readonly SignInLock[];
  /** The address that a pending sign-up is for, which another account may hold unproved. */
  readonly signUpAddress: string | undefined;
  readonly lastSignIn: AuditEvent | undefined;
  /** The newest wrong password, TOTP or code. */
  readonly lastRefusal: AuditEvent | undefined;
}

/** Reads what a list of accounts shows about their sign-in. */
export async function readSignInState(
  { storage, lockout }: Core,
  { account: { id: accountId } }: { readonly account: Pick<Account, 'id'> },
): Promise<SignInState> {
  const counter = passwordCounter(accountId);
  const newest = async (type: AuditEventType) => (await storage.audit.list({ accountId, type, limit: 1 }))[0];
  const [hash, totp, signUp, passwordLock, totpLock, lastSignIn, wrongPassword, wrongCode] =
    await Promise.all([
      storage.passwords.find(accountId),
      storage.totp.find(accountId),
      storage.accounts.signUpAddress(accountId),
      lockout.lockOf(counter),
      lockout.lockOf(totpCounter(counter)),
      newest('sign_in_succeeded'),
      newest('sign_in_failed'),
      newest('challenge_failed'),
    ]);
  const refusals = [wrongPassword, wrongCode].filter((event) => event !== undefined);
  return {
    hasPassword: hash !== undefined,
    hasTotp: totp !== undefined,
    locks: [
      ...(passwordLock ? [{ reason: 'wrong_passwords', until: passwordLock.until } as const] : []),
      ...(totpLock ? [{ reason: 'wrong_totp_codes', until: totpLock.until } as const] : []),
    ],
    signUpAddress: signUp?.value,
    lastSignIn,
    lastRefusal: refusals.toSorted((one, other) => other.at - one.at)[0],
  };
}

readSignInState.errors = [] as const;
