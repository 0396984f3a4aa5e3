/**
 * Every refusal that core can speak. The union is closed on purpose: each contract answers it in a table that
 * the compiler checks, so a new code does not compile until every contract says what its clients see.
 */
export type AuthErrorCode =
  /** The text is no e-mail address, phone number or username. `facts.kind` says which it tried to be. */
  | 'identifier_invalid'
  /** Another account has it. */
  | 'identifier_taken'
  /** No account has it, and the contract's documentation makes that known. */
  | 'identifier_unknown'
  /** The sign-up was confirmed before. */
  | 'already_verified'
  /** Unknown account or wrong password, not told apart. */
  | 'credentials_invalid'
  /** Too many wrong passwords; `retryAfterMs` is set. */
  | 'account_locked'
  /** Right credentials, but nothing proves yet that the identifier is theirs. */
  | 'account_unverified'
  /** Right credentials, but an operator switched the account off. */
  | 'account_disabled'
  /** The account has no right to do this. */
  | 'permission_denied'
  /** The account was deleted after the token was issued. */
  | 'account_gone'
  /** A signed-in person typed a wrong current password. */
  | 'password_incorrect'
  /** The account has no password to compare with. */
  | 'password_absent'
  /** The new password breaks a rule; `facts.rule` says which. */
  | 'password_weak'
  /** Wrong, used, superseded or exhausted code or link. */
  | 'code_invalid'
  /** The right code, too late. */
  | 'code_expired'
  /** No bearer token was sent. */
  | 'token_missing'
  /** Not ours, malformed, revoked, or for another door. `facts.isDisabled`: genuine, of an account that is switched off. */
  | 'token_invalid'
  /** Ours and well formed, but its time is over. */
  | 'token_expired'
  /** A refresh token where an access token belongs. */
  | 'token_wrong_kind'
  /** A refresh token that was exchanged before, or whose session has ended. */
  | 'refresh_refused'
  /** The TOTP that this door demands beside an access token is wrong, or was not sent. */
  | 'totp_invalid'
  /** A limit by time was reached; `retryAfterMs` is set. */
  | 'throttled'
  /** The password hashing queue is longer than its budget; nothing was tried. `retryAfterMs` is set. */
  | 'overloaded'
  /** No channel can carry this message, or the outbox is full. `retryAfterMs` is set. */
  | 'messages_unavailable'
  /** The database does not answer or takes no writes. `retryAfterMs` is set. */
  | 'storage_unavailable';

/** The password rules a person can break. Contracts give each its text. */
export type PasswordRule = 'unchanged' | 'too_short' | 'too_long' | 'entirely_numeric' | 'common' | 'similar';

export interface AuthErrorFacts {
  /** Milliseconds until a repeat makes sense. */
  readonly retryAfterMs?: number;
  /** The first broken rule, and all of them. */
  readonly rule?: PasswordRule;
  readonly rules?: readonly PasswordRule[];
  readonly kind?: 'email' | 'phone' | 'username';
  readonly isDisabled?: boolean;
  /** For the log only; never shown to a client and never a secret. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** An expected refusal. Anything else that core throws is a bug and becomes the contract's 500. */
export class AuthError extends Error {
  readonly code: AuthErrorCode;
  readonly facts: AuthErrorFacts;
  #accountId: string | undefined;

  constructor(code: AuthErrorCode, facts: AuthErrorFacts = {}) {
    super(facts.reason === undefined ? code : `${code}: ${facts.reason}`, { cause: facts.cause });
    this.name = 'AuthError';
    this.code = code;
    this.facts = facts;
    if (facts.cause instanceof AuthError) this.#accountId = facts.cause.accountId;
  }

  /** The account that was refused, when core knows it. For the log only; never part of a response. */
  get accountId(): string | undefined {
    return this.#accountId;
  }

  /** Sets the account, unless it is set. */
  about(accountId: string | undefined): this {
    this.#accountId ??= accountId;
    return this;
  }
}

/** Runs `work` and adds the account to the AuthError that it may throw. */
export async function refusalsAbout<T>(accountId: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AuthError ? error.about(accountId) : error;
  }
}
