/** Authentication method references that are registered by RFC 8176, section 2. */
export type AuthenticationMethod =
  | 'face'
  | 'fpt'
  | 'geo'
  | 'hwk'
  | 'iris'
  | 'kba'
  | 'mca'
  | 'mfa'
  | 'otp'
  | 'pin'
  | 'pop'
  | 'pwd'
  | 'rba'
  | 'retina'
  | 'sc'
  | 'sms'
  | 'swk'
  | 'tel'
  | 'user'
  | 'vbm'
  | 'wia';

/**
 * What each factor is called in `amr`, and what it proves. RFC 8176 has no value for a message by e-mail: a code or link
 * that works once is a one-time password.
 */
const factors = {
  password: { method: 'pwd', proves: 'knowledge' },
  totp: { method: 'otp', proves: 'possession' },
  /** A one-time code or link that was sent by e-mail. */
  email: { method: 'otp', proves: 'possession' },
  /** A one-time code or link that was sent by SMS. */
  sms: { method: 'sms', proves: 'possession' },
} as const satisfies Record<string, { method: AuthenticationMethod; proves: 'knowledge' | 'possession' }>;

/**
 * The `amr` values of a sign-in with these factors: one for each, and `mfa` where they prove different things.
 * @example methodsOf('password', 'totp') // ['pwd', 'otp', 'mfa']
 */
export function methodsOf(...used: readonly (keyof typeof factors)[]): AuthenticationMethod[] {
  const methods = new Set<AuthenticationMethod>(used.map((factor) => factors[factor].method));
  const proved = new Set(used.map((factor) => factors[factor].proves));
  return [...methods, ...(proved.size > 1 ? (['mfa'] as const) : [])];
}
