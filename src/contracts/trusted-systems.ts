import type { PrivateDoor } from '../config/index.ts';
import { digest, digestsEqual } from '../crypto/digests.ts';

/** How trusted systems prove that they are, without the keys that prove it. */
export interface TrustedSystems extends Pick<PrivateDoor, 'auth' | 'networks'> {
  /** The name of the key that a token is, for the audit trail; undefined for what is no key. */
  nameOf(token: string): string | undefined;
}

export function trustedSystems({ auth, keys, networks }: PrivateDoor): TrustedSystems {
  const known = keys.map(({ name, key }) => ({ name, digest: digest(key) }));
  return {
    auth,
    networks,
    /** Compares with every key, so that time does not tell which one was close (SEC-055). */
    nameOf(token) {
      const given = digest(token);
      return known.filter((key) => digestsEqual(key.digest, given))[0]?.name;
    },
  };
}
