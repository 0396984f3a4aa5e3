import type { Account } from '../../core/account/index.ts';
import type { IssuedTokens } from '../../core/session/index.ts';

interface Presented {
  readonly message: string;
  readonly tokens: IssuedTokens;
  /** What the tokens were given for. */
  readonly reference: string;
  readonly accessMs: number;
}

/** In the order in which the contract lists them. */
export function presentTokens({ message, tokens, reference, accessMs }: Presented) {
  return {
    message,
    tokens: {
      access_token: tokens.access,
      valid_for: Math.floor(accessMs / 1000),
      refresh_token: tokens.refresh,
      reference_token: reference,
      type: 'api',
    },
  };
}

/** An account of another door may have no username; then it is what the person types into that field here. */
export function presentUser({ username, email, phone }: Account) {
  return { username: username ?? email ?? phone ?? '' };
}
