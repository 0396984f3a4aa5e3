import { totalmem } from 'node:os';
import type { Config } from '../../config/index.ts';
import { PasswordHashing, STANDARD_PARAMETERS } from '../../crypto/password-hashing.ts';
import { systemRandom } from '../../crypto/random.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const CHECK = 'hashing';
const KIB_IN_MIB = 1_024;
const BYTES_IN_MIB = 1_048_576;
/** What the rest of the server takes under load. */
const SERVER_MIB = 200;

/** Whether passwords can be hashed here, and as many at a time as the settings say. */
export async function examineHashing({ hashing, workers: processes }: Config): Promise<Finding[]> {
  const { workers } = hashing;
  const each = SERVER_MIB + (workers * STANDARD_PARAMETERS.memoryKiB) / KIB_IN_MIB;
  const needed = Math.ceil(processes * each);
  const there = memoryMiB();
  const memory = `${processes * workers} passwords at a time need ${needed} MiB, ${there} MiB are there`;
  const fix = 'give the process more memory, or set a lower LATCHKEY_HASH_WORKERS';
  if (there < needed) return [problem(CHECK, memory, fix)];

  const durationMs = await hashOnce(hashing);
  const free = Math.floor(process.availableMemory() / BYTES_IN_MIB);
  if (free < needed) return [warning(CHECK, `${memory}, and ${free} MiB are free`, fix)];
  return [ok(CHECK, `a password is hashed in ${Math.round(durationMs)} ms; ${memory}`)];
}

/** What this process may use: less than the machine has where a container limits it. */
function memoryMiB(): number {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.floor(Math.min(totalmem(), limit) / BYTES_IN_MIB);
}

async function hashOnce(settings: Config['hashing']): Promise<number> {
  const elapsed = () => performance.now();
  const hashing = new PasswordHashing({
    ...settings,
    random: systemRandom,
    elapsed,
    onCorruptHash: () => {},
  });
  using place = hashing.admit();
  await place?.hash('warms the library up');
  const startedAt = elapsed();
  await place?.hash('is measured');
  return elapsed() - startedAt;
}
