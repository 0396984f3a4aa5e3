/**
 * Sessions and their tokens. Owns lifetime, exchange, reuse and revocation, the same under every contract; must not know
 * a wire format other than as a TokenFormat, or how an account signed in.
 */
export type {
  AccessTokenOutcome,
  AccessTokenRequest,
  AccessTokenStore,
  NewAccessToken,
} from './access-token-store.ts';
export { type JwtFormatOptions, jwtFormat } from './jwt-format.ts';
export { jwtWithOpaqueRefresh } from './jwt-with-opaque-refresh.ts';
export { type OpaqueFormatOptions, opaqueFormat } from './opaque-format.ts';
export type {
  NewRefreshToken,
  RefreshTokenExchange,
  RefreshTokenExchangeOutcome,
  RefreshTokenStore,
} from './refresh-token-store.ts';
export type {
  AuthenticatedSession,
  ListedSession,
  LiveSession,
  Session,
  SessionEndReason,
} from './session.ts';
export type { NewSession, SessionStore } from './session-store.ts';
export { type TokenFactory, tokenFactories } from './token-factory.ts';
export type {
  AccessClaims,
  Grant,
  IssuedTokens,
  SignedTokenFormat,
  StoredTokenFormat,
  TokenFormat,
} from './token-format.ts';
