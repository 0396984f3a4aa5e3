import { weaknessOf } from '../secret-strength.ts';
import { InvalidValue, type Kind } from './kind.ts';
import { list } from './list.ts';
import { mask, secret } from './secret.ts';

export interface PrivateKey {
  /** Who it was given to, for the audit trail. */
  readonly name: string;
  readonly key: string;
}

const SHORTEST = 24;
/** What fits behind `Authorization: Bearer` (RFC 6750, section 2.1). */
const BEARER = /^[\w.~+/-]+=*$/;

/** `billing:<key>, crm:<key>`, or bare keys, which are named by their place. */
export function privateKeys(): Kind<readonly PrivateKey[]> {
  const entries = list(privateKey(), { none: 'none' });
  return {
    // Having none is no secret, and masked it would look like having one.
    show: (given) => (given === 'none' ? given : mask(given)),
    expects: `none, or a comma list of name:key or bare keys, each key at least ${SHORTEST} characters`,
    parse(given) {
      const keys = entries.parse(given).map(({ name, key }, position) => ({
        name: name ?? `key-${position + 1}`,
        key,
      }));
      if (new Set(keys.map(({ name }) => name)).size < keys.length) {
        throw new InvalidValue('two keys have one name, so that the audit trail could not tell them apart');
      }
      if (new Set(keys.map(({ key }) => key)).size < keys.length) {
        throw new InvalidValue('two names have one key, so that neither can be withdrawn alone');
      }
      return keys;
    },
  };
}

function privateKey(): Kind<{ name: string | undefined; key: string }> {
  return secret({
    expects: 'name:key or a bare key',
    parse(given) {
      const colon = given.indexOf(':');
      const name = colon < 0 ? undefined : given.slice(0, colon);
      const key = given.slice(colon + 1);
      if (name !== undefined && !/^[\w.-]{1,40}$/.test(name)) {
        throw new InvalidValue(
          'the name before the : is not 1 to 40 letters, digits, dots, dashes or underscores',
        );
      }
      if (key.length < SHORTEST) {
        throw new InvalidValue(
          `the key is shorter than ${SHORTEST} characters`,
          'make one: openssl rand -hex 32',
        );
      }
      if (!BEARER.test(key)) {
        throw new InvalidValue(
          'the key has characters that no bearer token may have',
          'make one: openssl rand -hex 32',
        );
      }
      const weakness = weaknessOf(key);
      if (weakness !== undefined) {
        throw new InvalidValue(`the key ${weakness}`, 'make one: openssl rand -hex 32');
      }
      return { name, key };
    },
  });
}
