/** What kind of refusal an error is. A contract has a response for each (http/errors.ts). */
export type ErrorCategory =
  /** What was sent breaks a rule: correct it and send it again. */
  | 'invalid'
  /** Nothing proves who is asking: no valid token, password or code of a device. Expired tokens too (RFC 6750 §3.1). */
  | 'unauthenticated'
  /** It is known who is asking, and that account may not do this. */
  | 'forbidden'
  /** What the request is about does not exist. */
  | 'not_found'
  /** What exists is in the way. */
  | 'conflict'
  /** Too much was asked or tried; `facts.retryAfterMs` says when to come back. */
  | 'rate_limited'
  /** The server cannot do it now; nothing was tried. `facts.retryAfterMs` is set. */
  | 'unavailable'
  /** It was right, and is too late. */
  | 'expired';

/**
 * Every code that core refuses with, and its category. A new code is one line here: a contract answers it by its category
 * until one of the contract's own flows declares that it raises it (auth.ts).
 */
export const errorCategories = {
  /** The text is no e-mail address, phone number or username. `facts.kind` says which it tried to be. */
  identifier_invalid: 'invalid',
  /** Another account has it. */
  identifier_taken: 'conflict',
  /** No account has it, and the contract's documentation makes that known. */
  identifier_unknown: 'not_found',
  /** The sign-up was confirmed before. */
  already_verified: 'conflict',
  /** Unknown account or wrong password, not told apart. */
  credentials_invalid: 'unauthenticated',
  /** Too many wrong passwords; `retryAfterMs` is set. */
  account_locked: 'rate_limited',
  /** Right credentials, but nothing proves yet that the identifier is theirs. */
  account_unverified: 'forbidden',
  /** Right credentials, but an operator disabled the account. */
  account_disabled: 'forbidden',
  /** The account has no right to do this. */
  permission_denied: 'forbidden',
  /** The account was deleted after the token was issued. */
  account_gone: 'not_found',
  /** An account that is signed in sent a wrong current password. */
  password_incorrect: 'invalid',
  /** The account has no password to compare with. */
  password_absent: 'conflict',
  /** The new password breaks a rule; `facts.rule` says which. */
  password_weak: 'invalid',
  /** Wrong, used, superseded or exhausted code or link. */
  code_invalid: 'invalid',
  /** The right code, too late. */
  code_expired: 'expired',
  /** No bearer token was sent. */
  token_missing: 'unauthenticated',
  /** Not ours, malformed, revoked, or of another contract. `facts.isDisabled`: genuine, of an account that is disabled. */
  token_invalid: 'unauthenticated',
  /** Ours and well formed, but its lifetime has ended. */
  token_expired: 'unauthenticated',
  /** A refresh token where an access token belongs. */
  token_wrong_kind: 'unauthenticated',
  /** A refresh token that was exchanged before, or whose session has ended. */
  refresh_refused: 'unauthenticated',
  /** The TOTP that the contract requires with an access token is wrong, or was not sent. */
  totp_invalid: 'unauthenticated',
  /** A rate limit was reached; `retryAfterMs` is set. */
  throttled: 'rate_limited',
  /** The password hashing queue is longer than its budget; nothing was tried. `retryAfterMs` is set. */
  overloaded: 'unavailable',
  /** No channel can carry this message, or the outbox is full. `retryAfterMs` is set. */
  messages_unavailable: 'unavailable',
  /** The database does not answer or takes no writes. `retryAfterMs` is set. */
  storage_unavailable: 'unavailable',
} as const satisfies Readonly<Record<string, ErrorCategory>>;

/** A code that core refuses with. */
export type AuthErrorCode = keyof typeof errorCategories;

/** The password rules a person can break. Contracts give each its text. */
export type PasswordRule = 'unchanged' | 'too_short' | 'too_long' | 'entirely_numeric' | 'common' | 'similar';

/** What a response or the log may need to know beside the code. */
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

  /** What kind of refusal it is, whatever its code. */
  get category(): ErrorCategory {
    return errorCategories[this.code];
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
