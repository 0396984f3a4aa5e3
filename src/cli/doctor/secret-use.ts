import { type Config, ConfigError, resolveSecret, secretMismatch } from '../../config/index.ts';
import { countUnreadableTotp, TotpSecrets } from '../../core/credential/index.ts';
import type { Storage } from '../../core/storage.ts';
import { createKeyRing, fingerprintOf } from '../../crypto/keys.ts';
import { systemRandom } from '../../crypto/random.ts';
import { createRotatingSealing } from '../../crypto/rotating-sealing.ts';
import { type Finding, ok, problem } from './finding.ts';

const CHECK = 'secret';

/** Whether the secret is the one that the database is used with, and opens the TOTP secrets in it. */
export async function examineSecretUse(
  { secret, previousSecrets, environment, database }: Config,
  { secretFingerprint, totp }: Storage,
): Promise<Finding[]> {
  const recorded = await secretFingerprint.find();
  let root: Buffer;
  try {
    const random = systemRandom;
    root = await resolveSecret({ value: secret, environment, database, random, mayCreate: false });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // What is wrong with a secret that is there, another check says; and a new database makes one.
    if (recorded === undefined) return [];
    return error.mistakes.map((mistake) =>
      problem(CHECK, `${mistake.name}: ${mistake.problem}`, mistake.fix),
    );
  }
  const [current, ...previous] = [root, ...previousSecrets.map((text) => Buffer.from(text))].map(
    createKeyRing,
  );
  if (current === undefined) return [];
  const isKnown = recorded === undefined || [current, ...previous].map(fingerprintOf).includes(recorded);
  const sealing = createRotatingSealing(
    current('totp-secret'),
    previous.map((keys) => keys('totp-secret')),
    systemRandom,
  );
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const unreadable = await countUnreadableTotp(totp, new TotpSecrets(sealing, { random: systemRandom, log }));
  return [
    ...(recorded === undefined || !isKnown
      ? []
      : [ok(CHECK, 'it is the one that the database is used with')]),
    ...(isKnown ? [] : [problem(CHECK, `LATCHKEY_SECRET: ${secretMismatch.problem}`, secretMismatch.fix)]),
    ...(unreadable === 0 ? [] : [unreadableTotp(unreadable)]),
  ];
}

function unreadableTotp(count: number): Finding {
  const what =
    count === 1
      ? '1 TOTP secret cannot be read: its account cannot sign in where a TOTP is asked for'
      : `${count} TOTP secrets cannot be read: their accounts cannot sign in where a TOTP is asked for`;
  const fix =
    'list the secret that sealed them in LATCHKEY_PREVIOUS_SECRETS for one start; if it is lost, run latchkey totp enroll for each account';
  return problem('totp', what, fix);
}
