import type { Account, Identifier } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { isPasswordTooLong } from '../../credential/index.ts';
import type { Door } from '../../door.ts';
import { AuthError } from '../../errors.ts';
import type { Stores } from '../../storage.ts';
import type { Attempt, Client } from '../../throttle/index.ts';
import { identifierCounter, passwordCounter, totpCounter } from './attempt-counters.ts';
import type { SecondFactor, SecondFactorOutcome } from './second-factor.ts';

export interface PasswordProof {
  /** The hash that the password matched; a change replaces this one and no other. */
  readonly hash: string;
  /** Clears the counters of the attempt. The last statement of the transaction that makes it a success. */
  readonly succeed: (stores: Stores) => Promise<void>;
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

/**
 * The one place where a password is compared: reserved before it is evaluated, whatever asks (SEC-010). `onProved` makes
 * it a success and clears the counters in its own transaction; if it throws, the attempt was neither a success nor a
 * guess.
 *
 * @throws AuthError `credentials_invalid`, `account_locked`, `overloaded`; whatever `onProved` throws
 */
export async function provePassword<T>(
  core: Core,
  claim: PasswordClaim,
  onProved: (proof: PasswordProof) => Promise<T>,
): Promise<T> {
  const { account, identifier, password, secondFactor: factor } = claim;
  // Nobody's password: refused before anything is looked at, for everybody alike (SEC-003).
  // Measured in the form in which it was measured when it was set.
  if (isPasswordTooLong(password) || !password.isWellFormed()) {
    throw new AuthError('credentials_invalid', { reason: 'impossible password' });
  }
  // A sign-up that nobody confirmed is counted as the identifier that it names: to sign up again must not be a new start,
  // nor the counter tell whether the identifier was free (SEC-007).
  const owner = account?.activatedAt === null ? undefined : account;
  const counter =
    owner === undefined ? identifierCounter(core.nameOf(identifier?.key ?? '')) : passwordCounter(owner.id);
  // Two budgets, so that a password-only sign-in elsewhere gives back no guess at the TOTP (SEC-015).
  const counters = factor?.isCompared === true ? [counter, totpCounter(counter)] : [counter];
  // Anybody can set the password of a sign-up; where nothing is told, it opens nothing and counts as wrong (SEC-005).
  const isNobody = owner === undefined && core.policy.tellsNobody;
  // Nobody is looked up too: the same queries, whoever it is.
  const hash = await core.storage.passwords.find(account?.id ?? NOBODY);

  return core.lockout.attempt(counters, async (attempt) => {
    {
      using place = core.passwords.admit();
      const right = (await place.verify(password, hash)) && !isNobody;
      const secondFactor = (await factor?.evaluate(right)) ?? 'not_asked';
      if (right && hash !== undefined && secondFactor !== 'wrong') {
        const rehash = (secret: string) => place.hash(secret);
        return await onProved({ hash, succeed: attempt.succeed, secondFactor, rehash });
      }
    }
    await recordFailure(core, claim, attempt);
    throw new AuthError('credentials_invalid', {
      reason: account === undefined ? 'unknown' : 'wrong password or TOTP',
    });
  });
}

/** What the owner of an account learns when a counter has had all its failures, in the order of the counters. */
const SWITCHED_OFF = ['password_sign_in_off', 'totp_sign_in_off'] as const;

async function recordFailure(
  core: Core,
  { account, door, client }: PasswordClaim,
  attempt: Attempt,
): Promise<void> {
  const { storage, lockout, outbox, clock } = core;
  const event = { at: clock.now(), door: door.contract, address: client.address };
  const whose = account === undefined ? {} : { accountId: account.id };
  const isNotified = await storage.transaction(async (stores) => {
    const totals = await attempt.fail(stores);
    const detail = { total: totals[0] ?? 'expired' };
    await stores.audit.record({ ...event, ...whose, type: 'sign_in_failed', detail });
    if (account === undefined) return false;
    // Each failure sees another total, so exactly one sees the last.
    const switchedOff = SWITCHED_OFF.filter((_, index) => totals[index] === lockout.policy.disableAfter);
    for (const topic of switchedOff) {
      await stores.audit.record({ ...event, ...whose, type: topic });
      const to = account.email ?? account.phone;
      const channel = account.email === null ? 'sms' : 'email';
      if (to !== null && outbox.canCarry(channel)) {
        await stores.outbox.add(outbox.entry({ channel, topic, to }));
      }
    }
    return switchedOff.length > 0;
  });
  if (isNotified) outbox.onMessage();
}
