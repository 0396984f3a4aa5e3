import { digest, digestsEqual, keyedDigest } from '../../crypto/digests.ts';
import { canonicalCode, isSixDigits } from '../../crypto/typed-code.ts';
import type { Random } from '../ports.ts';
import type { Challenge, ChallengeForm } from './challenge.ts';

/** The names a secret is bound to: a code for one challenge is worthless for any other. */
type Binding = Pick<Challenge, 'id' | 'ownerKey' | 'purpose' | 'channel'> & {
  /** Which sends it, and which alone takes it back: what one contract sends opens no other (SEC-050). */
  readonly contract: string;
};

const CODE_DIGITS = 6;
const LINK_BYTES = 32;
/** Longer than a token of 32 bytes in base64url: cut to this, a text that is no token is still none. */
const LONGEST_READ = 64;

/** Makes and compares what a challenge sends. */
export class ChallengeSecrets {
  readonly #key: Buffer;
  readonly #random: Random;

  /** @param key for codes, which are too short for a plain digest. */
  constructor(key: Buffer, random: Random) {
    this.#key = key;
    this.#random = random;
  }

  /** Six digits, leading zeros and all, or 256 bits. */
  make(form: ChallengeForm): string {
    if (form === 'link') return this.#random.bytes(LINK_BYTES).toString('base64url');
    return String(this.#random.int(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  }

  digest(form: ChallengeForm, secret: string, binding: Binding): Buffer {
    const { contract, id, ownerKey, purpose, channel } = binding;
    if (form === 'link') return this.linkDigest(contract, secret);
    return keyedDigest(this.#key, contract, id, ownerKey, purpose, channel, canonicalCode(secret));
  }

  /** What a link that this contract sent is found by. */
  linkDigest(contract: string, token: string): Buffer {
    return digest(`${contract}:${token.slice(0, LONGEST_READ)}`);
  }

  /** By its looks: six digits, however they were typed, are a code, and anything else can only be a link's token. */
  isCode(answer: string): boolean {
    return isSixDigits(answer);
  }

  /** In constant time. What a client types into one field may be a code or a link's token. */
  matches(challenge: Challenge, answer: string, contract: string): boolean {
    const form: ChallengeForm = this.isCode(answer) ? 'code' : 'link';
    const given = this.digest(form, answer, { ...challenge, contract });
    return form === challenge.form && digestsEqual(given, challenge.secretDigest);
  }
}
