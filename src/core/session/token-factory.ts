import type { KeyRing } from '../../crypto/keys.ts';
import { type JwtFormatOptions, jwtFormat } from './jwt-format.ts';
import { jwtWithOpaqueRefresh } from './jwt-with-opaque-refresh.ts';
import { type OpaqueFormatOptions, opaqueFormat } from './opaque-format.ts';
import type { SignedTokenFormat, StoredTokenFormat } from './token-format.ts';

/** What a contract does not choose: whose tokens they are. */
type Bound = 'contract' | 'issuer' | 'keys';

/**
 * Makes the token formats of one contract, under keys of that contract alone. The contract never holds a key: it can
 * neither write tokens of another contract nor derive the key of anything else (SEC-055).
 */
export interface TokenFactory {
  /** Access and refresh tokens as JWT. Without refresh tokens if `refreshMs` is 0. */
  jwt(options: Omit<JwtFormatOptions, Bound>): Promise<SignedTokenFormat>;
  /** Access tokens as JWT, refresh tokens that say nothing. */
  jwtWithOpaqueRefresh(options: Omit<JwtFormatOptions, Bound>): Promise<SignedTokenFormat>;
  /** Tokens that say nothing and are looked up. */
  opaque(options: Omit<OpaqueFormatOptions, Bound>): StoredTokenFormat;
}

/**
 * Lends each contract its token factory.
 *
 * @param server.issuer public URL of the server, which signed tokens name
 * @returns a function from a contract's name to its factory; it throws an Error when it is asked for a name again, since
 *   two contracts of one name would share their keys
 */
export function tokenFactories({
  issuer,
  keys,
}: {
  readonly issuer: string;
  readonly keys: KeyRing;
}): (contract: string) => TokenFactory {
  const lent = new Set<string>();
  return (contract) => {
    if (lent.has(contract)) throw new Error(`two contracts are called ${contract}: give one another name`);
    lent.add(contract);
    const bound = { contract, issuer, keys };
    return {
      jwt: (options) => jwtFormat({ ...options, ...bound }),
      jwtWithOpaqueRefresh: (options) => jwtWithOpaqueRefresh({ ...options, ...bound }),
      opaque: (options) => opaqueFormat({ ...options, ...bound }),
    };
  };
}
