import { type Account, isVerified } from '../../core/account/index.ts';
import type { IssuedTokens } from '../../core/session/index.ts';
import { success } from './envelope.ts';

const seconds = (ms: number): number => Math.round(ms / 1000);

/** Lifetimes as they were when the tokens were issued: a repeated refresh gets the same answer. */
export function presentTokens({
  issuedAt,
  access,
  accessExpiresAt,
  refresh,
  refreshExpiresAt = issuedAt,
}: IssuedTokens) {
  return success({
    accessToken: access,
    expiresIn: seconds(accessExpiresAt - issuedAt),
    refreshToken: refresh,
    refreshTokenExpiresIn: seconds(refreshExpiresAt - issuedAt),
  });
}

export function presentMe(account: Account) {
  const { number, username, email, fullName } = account;
  return success({ username, email, fullName, isVerified: isVerified(account) }, number);
}
