import { digest, digestsEqual, keyedDigest } from '../../crypto/digests.ts';
import type { Random } from '../ports.ts';
import type { Challenge, ChallengeForm } from './challenge.ts';

/** The names a secret is bound to: a code for one challenge is worthless for any other. */
type Binding = Pick<Challenge, 'id' | 'ownerKey' | 'purpose' | 'channel'> & {
  /** Which sends it, and which alone takes it back: what one door sends opens no other (SEC-050). */
  readonly contract: string;
};

const CODE_DIGITS = 6;
const LINK_BYTES = 32;
/** ASCII digits and nothing else: no line break after them, no digits of other scripts (SEC-026). */
const CODE = /^[0-9]{6}$/;

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
    return keyedDigest(this.#key, contract, id, ownerKey, purpose, channel, secret);
  }

  /** What a link that this contract sent is found by. */
  linkDigest(contract: string, token: string): Buffer {
    return digest(`${contract}:${token}`);
  }

  /** By its looks: six digits are a code, and anything else can only be a link's token. */
  isCode(answer: string): boolean {
    return CODE.test(answer);
  }

  /** In constant time. What a client types into one field may be a code or a link's token. */
  matches(challenge: Challenge, answer: string, contract: string): boolean {
    const form: ChallengeForm = this.isCode(answer) ? 'code' : 'link';
    const given = this.digest(form, answer, { ...challenge, contract });
    return form === challenge.form && digestsEqual(given, challenge.secretDigest);
  }
}
