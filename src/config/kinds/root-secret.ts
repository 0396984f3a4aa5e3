import { weaknessOf } from '../secret-strength.ts';
import { InvalidValue, type Kind } from './kind.ts';
import { secret } from './secret.ts';

const SHORTEST_BYTES = 32;
const FIX = 'make one: openssl rand -base64 48';

/** The root that every key is derived from. */
export function rootSecret(): Kind<string> {
  return secret({
    expects: `at least ${SHORTEST_BYTES} bytes that nobody can guess, such as the output of openssl rand -base64 48`,
    parse(given) {
      if (Buffer.byteLength(given) < SHORTEST_BYTES) {
        throw new InvalidValue(`it is shorter than ${SHORTEST_BYTES} bytes`, FIX);
      }
      const weakness = weaknessOf(given);
      if (weakness !== undefined) throw new InvalidValue(`it ${weakness}`, FIX);
      return given;
    },
  });
}
