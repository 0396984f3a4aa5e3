import type { Account, Identifier } from '../account/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { isPasswordTooLong } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import type { Stores } from '../storage.ts';
import {
  type Attempt,
  type Client,
  identifierCounter,
  passwordCounter,
  totpCounter,
} from '../throttle/index.ts';
import type { VerifiedFactor } from './authentication.ts';
import { methodsOf } from './methods.ts';
import { type EvaluatedTotp, NO_TOTP } from './totp.ts';

export interface PasswordClaim {
  readonly contract: ContractPolicy;
  readonly client: Client;
  /** Undefined when no account has the identifier: the same work is done against a dummy. */
  readonly account: Account | undefined;
  /** Names the counter where there is no account. */
  readonly identifier?: Identifier;
  readonly password: string;
  /** Verified in the same attempt: one count, and one answer when either is wrong. */
  readonly totp?: EvaluatedTotp;
  /** Replaces a hash with outdated parameters in the transaction of the success. */
  readonly renewsHash?: boolean;
}

/** A right password. Dispose it: an attempt that no transaction made a success or failure is released. */
export interface VerifiedPassword extends VerifiedFactor, AsyncDisposable {
  /** The hash that the password matched; a change replaces this one and no other. */
  readonly hash: string;
  /** Hashes in the hash queue's slot that the request already has. */
  rehash(password: string): Promise<string>;
  /** Clears the counters of the attempt. The last statement of the transaction that makes it a success. */
  succeed(stores: Stores): Promise<void>;
}

/** No account has this id. */
const NOBODY = '';

/**
 * The one place where a password is compared. The attempt is reserved and committed first, whatever asks (SEC-010);
 * a wrong password settles it as a failure here.
 *
 * @throws AuthError `credentials_invalid`, `account_locked`, `overloaded`
 */
export async function verifyPassword(core: Core, claim: PasswordClaim): Promise<VerifiedPassword> {
  const { account, identifier, password, totp = NO_TOTP, renewsHash = false } = claim;
  // No account can have it: refused before anything is looked up, for every caller alike (SEC-003).
  // Measured in the form in which it was measured when it was set.
  if (isPasswordTooLong(password) || !password.isWellFormed()) {
    throw new AuthError('credentials_invalid', { reason: 'impossible password' });
  }
  // A pending sign-up is counted as the identifier that it names: signing up again must not be a new start, nor may the
  // counter tell whether the identifier was free (SEC-007).
  const owner = account?.activatedAt === null ? undefined : account;
  const counter =
    owner === undefined ? identifierCounter(core.nameOf(identifier?.key ?? '')) : passwordCounter(owner.id);
  // Two budgets, so that a password-only sign-in elsewhere gives back no guess at the TOTP (SEC-015).
  const counters = totp.isCompared ? [counter, totpCounter(counter)] : [counter];
  // A stranger can set the password of a sign-up; in hardened mode it counts as wrong (SEC-005).
  const isPending = owner === undefined && core.policy.tellsNobody;
  // Without an account the same query is made.
  const hash = await core.storage.passwords.find(account?.id ?? NOBODY);

  await using held = new AsyncDisposableStack();
  const attempt = held.use(await core.lockout.reserve(counters));
  const slot = held.use(core.passwords.admit());
  const isRight = (await slot.verify(password, hash)) && !isPending;
  const second = await totp.evaluate(isRight);
  if (!isRight || account === undefined || hash === undefined || second === 'wrong') {
    // Another request may hash while the failure is written.
    slot[Symbol.dispose]();
    await recordFailure(core, claim, attempt);
    throw new AuthError('credentials_invalid', {
      reason: account === undefined ? 'unknown' : 'wrong password or TOTP',
    });
  }
  const renewed = renewsHash && core.passwords.isOutdated(hash) ? await slot.hash(password) : undefined;
  const methods = second === 'verified' ? methodsOf('password', 'totp') : methodsOf('password');
  const authentication = { account, methods, at: core.clock.now() };
  const kept = held.move();
  return {
    invalid: 'credentials_invalid',
    hash,
    authenticate: async () => authentication,
    rehash: (secret) => slot.hash(secret),
    async succeed(stores) {
      if (renewed !== undefined) {
        const now = core.clock.now();
        await stores.passwords.replace(account.id, { from: hash, to: renewed, now });
      }
      await attempt.succeed(stores);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * A signed-in person shows that they know the password. Counted together with sign-ins, so that a stolen token is no way
 * to guess on (SEC-010).
 * @throws AuthError `password_absent`, `password_incorrect`, `account_locked`, `overloaded`
 */
export async function verifyCurrentPassword(
  core: Core,
  claim: PasswordClaim & { readonly account: Account },
): Promise<VerifiedPassword> {
  core.passwords.assertRoom();
  if ((await core.storage.passwords.find(claim.account.id)) === undefined)
    throw new AuthError('password_absent');
  try {
    return await verifyPassword(core, claim);
  } catch (error) {
    const isWrong = error instanceof AuthError && error.code === 'credentials_invalid';
    throw isWrong ? new AuthError('password_incorrect', { cause: error }) : error;
  }
}

/** What the owner of an account learns when a counter has had all its failures, in the order of the counters. */
const SWITCHED_OFF = ['password_sign_in_off', 'totp_sign_in_off'] as const;

async function recordFailure(
  core: Core,
  { account, contract, client }: PasswordClaim,
  attempt: Attempt,
): Promise<void> {
  const { storage, lockout, outbox, clock } = core;
  const event = { at: clock.now(), door: contract.name, address: client.address };
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
  if (isNotified) outbox.notifyListeners();
}
