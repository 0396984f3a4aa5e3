/**
 * Sessions and the tokens that show them. Owns lifetime, rotation, reuse and revocation, the same under every
 * contract; must not know a wire format other than as a TokenFormat, or how somebody came to be signed in.
 */
export { type JwtFormatOptions, jwtFormat } from './jwt-format.ts';
export { jwtWithOpaqueRefresh } from './jwt-with-opaque-refresh.ts';
export { type OpaqueFormatOptions, opaqueFormat } from './opaque-format.ts';
export type {
  AuthenticatedSession,
  ListedSession,
  LiveSession,
  Session,
  SessionEndReason,
} from './session.ts';
export type {
  Exchange,
  ExchangeOutcome,
  NewAccessToken,
  NewRefreshToken,
  NewSession,
  Renewal,
  RenewalOutcome,
  SessionStore,
} from './session-store.ts';
export { type TokenFactory, tokenFactories } from './token-factory.ts';
export type {
  AccessClaims,
  Grant,
  IssuedTokens,
  SignedTokenFormat,
  StoredTokenFormat,
  TokenFormat,
} from './token-format.ts';
