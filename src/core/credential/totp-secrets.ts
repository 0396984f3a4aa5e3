import type { Random } from '../../crypto/random.ts';
import type { RotatingSealing, Sealed } from '../../crypto/rotating-sealing.ts';
import { makeTotpSecret, matchingTotpStep, newestTotpStepAt } from '../../crypto/totp.ts';
import type { Log } from '../ports.ts';
import type { TotpCredential, TotpUse } from './totp-store.ts';

/** No credential has this id. */
const NOBODY = '';

/** Makes TOTP secrets, keeps them sealed, and compares codes with them. */
export class TotpSecrets {
  readonly #sealing: RotatingSealing;
  readonly #random: Random;
  readonly #log: Log;
  /** Opened and compared with where there is no secret: the same work for everybody. */
  readonly #decoy: TotpCredential;

  constructor(sealing: RotatingSealing, { random, log }: { readonly random: Random; readonly log: Log }) {
    this.#sealing = sealing;
    this.#random = random;
    this.#log = log;
    this.#decoy = { id: NOBODY, secret: sealing.seal(makeTotpSecret(random), NOBODY) };
  }

  /** Of the key that seals now. */
  get keyId(): string {
    return this.#sealing.keyId;
  }

  /** A new secret, in the clear for its owner and sealed for the store. */
  make(): { readonly secret: string; readonly credential: TotpCredential } {
    const secret = makeTotpSecret(this.#random);
    const id = this.#random.uuid();
    return { secret, credential: { id, secret: this.#sealing.seal(secret, id) } };
  }

  /**
   * The use of a code that is right just now; whether it was used before, the store knows. Always names a step,
   * of nobody's credential where there is nothing to spend, so that the right and the wrong cost the same.
   */
  evaluate(
    credential: TotpCredential | undefined,
    code: string,
    now: number,
  ): { readonly right: boolean; readonly use: TotpUse } {
    const secret = this.#open(credential ?? this.#decoy);
    const step = secret === undefined ? undefined : matchingTotpStep(secret, code, now);
    const newestStep = newestTotpStepAt(now);
    if (credential === undefined || step === undefined) {
      return { right: false, use: { credentialId: NOBODY, step: newestStep, newestStep } };
    }
    return { right: true, use: { credentialId: credential.id, step, newestStep } };
  }

  /** Under the current key. Undefined when no key of ours opens it. */
  reseal(credential: TotpCredential): Sealed | undefined {
    try {
      return this.#sealing.seal(this.#sealing.open(credential.secret, credential.id), credential.id);
    } catch {
      return undefined;
    }
  }

  /** A secret that cannot be read is nobody's, and an operator's concern. */
  #open({ id, secret }: TotpCredential): string | undefined {
    try {
      return this.#sealing.open(secret, id);
    } catch (error) {
      const fields = { event: 'totp_secret_unreadable', credentialId: id, keyId: secret.keyId, err: error };
      this.#log.error(fields, 'a stored TOTP secret cannot be read: see LATCHKEY_PREVIOUS_SECRETS');
      return undefined;
    }
  }
}
