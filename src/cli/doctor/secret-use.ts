import {
  type Config,
  ConfigError,
  explainMismatch,
  type Mistake,
  resolveSecret,
} from '../../config/index.ts';
import { TotpSecrets } from '../../core/credential/index.ts';
import type { Diagnostics } from '../../core/diagnostics.ts';
import { createKeyRing, fingerprintOf } from '../../crypto/keys.ts';
import { systemRandom } from '../../crypto/random.ts';
import { createRotatingSealing } from '../../crypto/rotating-sealing.ts';
import { type Finding, ok, problem } from './finding.ts';

const CHECK = 'secret';

/** Checks that the secret is the one of this database and opens its TOTP secrets. */
export async function examineSecretUse(
  { secret, previousSecrets, environment, database }: Config,
  diagnostics: Diagnostics,
): Promise<Finding[]> {
  const recorded = await diagnostics.findSecretFingerprint();
  let root: Buffer;
  try {
    const random = systemRandom;
    root = await resolveSecret({ value: secret, environment, database, random, mayCreate: false });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Another check reports a secret that is malformed. A database without a fingerprint gets a secret at the first start.
    if (recorded === undefined) return [];
    return error.mistakes.map(findingOf);
  }
  const current = createKeyRing(root);
  const previous = previousSecrets.map((text) => createKeyRing(Buffer.from(text)));
  const known = [current, ...previous].map(fingerprintOf);
  const sealing = createRotatingSealing(
    current('totp-secret'),
    previous.map((keys) => keys('totp-secret')),
    systemRandom,
  );
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const unreadable = await diagnostics.countUnreadableTotp(
    new TotpSecrets(sealing, { random: systemRandom, log }),
  );
  return [
    ...(recorded === undefined
      ? []
      : [await match(recorded, known, { value: secret, environment, database })]),
    ...(unreadable === 0 ? [] : [unreadableTotp(unreadable)]),
  ];
}

async function match(
  recorded: string,
  known: readonly string[],
  sources: Parameters<typeof explainMismatch>[0],
): Promise<Finding> {
  if (known.includes(recorded)) return ok(CHECK, 'it belongs to this database');
  return findingOf(await explainMismatch(sources, (root) => fingerprintOf(createKeyRing(root)) === recorded));
}

const findingOf = ({ name, problem: what, fix }: Mistake): Finding => problem(CHECK, `${name}: ${what}`, fix);

function unreadableTotp(count: number): Finding {
  const what =
    count === 1
      ? '1 TOTP secret cannot be read: its account cannot sign in where TOTP is required'
      : `${count} TOTP secrets cannot be read: their accounts cannot sign in where TOTP is required`;
  const fix =
    'list the secret that sealed them in LATCHKEY_PREVIOUS_SECRETS for one start; if it is lost, run latchkey totp enroll for each account';
  return problem('totp', what, fix);
}
