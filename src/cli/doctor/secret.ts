import { type Config, ConfigError, resolveSecret, secretFileFor } from '../../config/index.ts';
import { systemRandom } from '../../crypto/random.ts';
import { isThere } from '../../storage/sql/engines/sqlite/place.ts';
import { type Finding, type Judgement, ok, problem } from './finding.ts';

const CHECK = 'secret';

/** Where the root secret comes from. How strong a given one is, the settings have checked. */
export async function examineSecret(config: Config, { inProduction }: Judgement): Promise<Finding[]> {
  const { secret, database, environment, effective } = config;
  const { source } = effective.find(({ setting }) => setting.name === 'LATCHKEY_SECRET') ?? {};
  if (secret !== undefined) {
    return [ok(CHECK, `LATCHKEY_SECRET is set, ${source === 'file' ? 'in .env' : 'in the environment'}`)];
  }
  // The settings have said that production needs one.
  if (inProduction) return [];
  const path = secretFileFor(database);
  if (!isThere(path))
    return [ok(CHECK, 'LATCHKEY_SECRET is not set; the first start on a new database makes one')];
  try {
    await resolveSecret({ value: secret, environment, database, random: systemRandom, mayCreate: false });
    return [ok(CHECK, `LATCHKEY_SECRET is not set; the one in ${path} is used`)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map((mistake) => problem(CHECK, mistake.problem, mistake.fix));
  }
}
