import type { Account, Identifier } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { canonicalPassword, PASSWORD_MAX_BYTES } from '../../credential/index.ts';
import type { Door } from '../../door.ts';
import { AuthError } from '../../errors.ts';
import type { Client } from '../../throttle/index.ts';
import type { SecondFactor, SecondFactorOutcome } from './second-factor.ts';

export interface PasswordProof {
  /** The hash that the password matched; a change replaces this one and no other. */
  readonly hash: string;
  /** The counter that a success clears, in the transaction that makes it one. */
  readonly lockoutSubject: string;
  readonly secondFactor: SecondFactorOutcome;
  /** Hashes in the place that the request already has. */
  readonly rehash: (password: string) => Promise<string>;
}

export interface PasswordClaim {
  readonly door: Door;
  readonly client: Client;
  /** Undefined when the identifier finds nobody: the same work is done against a dummy. */
  readonly account: Account | undefined;
  /** Names the counter where there is no account. */
  readonly identifier?: Identifier;
  readonly password: string;
  /** What is proved together with the password: one attempt, and one answer when either is wrong. */
  readonly secondFactor?: SecondFactor;
}

/** No account has this id. */
const NOBODY = '';

export const lockoutSubjectOf = (account: Account): string => `account:${account.id}`;

/**
 * The one place where a password is compared: counted before it is evaluated, whatever asks (SEC-010).
 * `onProved` makes it a success and clears the counter in its own transaction; if it throws, the attempt was
 * neither a success nor a guess and is taken back.
 *
 * @throws AuthError `credentials_invalid`, `account_locked`, `overloaded`; whatever `onProved` throws
 */
export async function provePassword<T>(
  core: Core,
  claim: PasswordClaim,
  onProved: (proof: PasswordProof) => Promise<T>,
): Promise<T> {
  const { account, identifier, password } = claim;
  // Nobody's password: refused before anything is looked at, for everybody alike (SEC-003).
  // Measured in the form in which it was measured when it was set.
  const bytes = Buffer.byteLength(canonicalPassword(password));
  if (bytes > PASSWORD_MAX_BYTES || !password.isWellFormed()) {
    throw new AuthError('credentials_invalid', { reason: 'impossible password' });
  }
  // A sign-up that nobody confirmed is counted as the identifier that it names: to sign up again must not be a new start,
  // nor the counter tell whether the identifier was free (SEC-007).
  const owner = account?.activatedAt === null ? undefined : account;
  const subject =
    owner === undefined ? `identifier:${core.nameOf(identifier?.key ?? '')}` : lockoutSubjectOf(owner);
  // Anybody can set the password of a sign-up; where nothing is told, it opens nothing and counts as wrong (SEC-005).
  const isNobody = owner === undefined && core.policy.tellsNobody;
  // Nobody is looked up too: the same queries, whoever it is.
  const hash = await core.storage.passwords.find(account?.id ?? NOBODY);

  return core.lockout.attempt(subject, async ({ total, takeBack }) => {
    try {
      using place = core.passwords.admit();
      const right = (await place.verify(password, hash)) && !isNobody;
      const secondFactor = (await claim.secondFactor?.(right)) ?? 'not_asked';
      if (right && hash !== undefined && secondFactor !== 'wrong') {
        return await onProved({
          hash,
          lockoutSubject: subject,
          secondFactor,
          rehash: (secret) => place.hash(secret),
        });
      }
    } catch (error) {
      await takeBack();
      throw error;
    }
    await recordFailure(core, claim, total);
    throw new AuthError('credentials_invalid', {
      reason: account === undefined ? 'unknown' : 'wrong password or TOTP',
    });
  });
}

async function recordFailure(
  core: Core,
  { account, door, client }: PasswordClaim,
  total: number,
): Promise<void> {
  const { storage, lockout, outbox, clock } = core;
  const event = { at: clock.now(), door: door.contract, address: client.address };
  const whose = account === undefined ? {} : { accountId: account.id };
  // The counter is exact, so exactly one attempt sees this number.
  const switchedOff = account !== undefined && total === lockout.policy.disableAfter;
  await storage.transaction(async (stores) => {
    await stores.audit.record({ ...event, ...whose, type: 'sign_in_failed', detail: { total } });
    if (!switchedOff) return;
    await stores.audit.record({ ...event, ...whose, type: 'password_sign_in_off' });
    const to = account.email ?? account.phone;
    const channel = account.email === null ? 'sms' : 'email';
    if (to !== null && outbox.canCarry(channel)) {
      await stores.outbox.add(outbox.entry({ channel, topic: 'password_sign_in_off', to }));
    }
  });
  if (switchedOff) outbox.onMessage();
}
