import {
  type Config,
  ConfigError,
  type ConfigSources,
  type Environment,
  type EnvironmentRead,
  loadConfig,
  type Mistake,
} from '../../config/index.ts';
import type { Contract } from '../../contracts/index.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const CHECK = 'settings';
const NAME = 'LATCHKEY_ENVIRONMENT';

interface SettingsExamined {
  readonly environment: string;
  /** What the other checks go by; undefined where not even the settings as they are can be used. */
  readonly config: Config | undefined;
  readonly findings: readonly Finding[];
}

type Loaded =
  | { readonly config: Config; readonly mistakes: readonly [] }
  | { readonly config?: never; readonly mistakes: readonly Mistake[] };

/** Judges the settings as they are or as another environment would, and says what production would object to. */
export function examineSettings(
  { env, ...read }: EnvironmentRead,
  contracts: readonly Contract[],
  judgeAs?: string,
): SettingsExamined {
  const load = (environment: Environment) => tryToLoad(environment, { contracts, ...read, hasModules: true });
  const judged = load(judgeAs === undefined ? env : { ...env, [NAME]: judgeAs });
  const environment = judged.config?.environment ?? judgeAs ?? (env[NAME]?.trim() || 'development');
  const findings = [
    ...judged.mistakes.map((mistake) => findingOf(mistake, problem)),
    ...(judged.config === undefined ? [] : soundness(judged.config)),
    ...(environment === 'production' ? [] : beforeProduction(judged, load({ ...env, [NAME]: 'production' }))),
  ];
  return { environment, config: judged.config ?? load(env).config, findings };
}

function tryToLoad(env: Environment, sources: ConfigSources): Loaded {
  try {
    return { config: loadConfig(env, sources), mistakes: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { mistakes: error.mistakes };
    throw error;
  }
}

function soundness({ effective, warnings }: Config): Finding[] {
  const given = effective.filter(({ source }) => source !== 'default').length;
  return [
    ok(CHECK, `all ${effective.length} settings can be used, ${given} of them given`),
    ...warnings.map((text) => findingOfWarning(text)),
  ];
}

/** What would be new to somebody who only changed the environment. */
function beforeProduction(now: Loaded, then: Loaded): Finding[] {
  const known = new Set(now.mistakes.map(({ name, problem }) => `${name} ${problem}`));
  const mistakes = then.mistakes.filter(({ name, problem }) => !known.has(`${name} ${problem}`));
  const warnings = then.config?.warnings ?? [];
  return [
    ...mistakes.map((mistake) => findingOf(mistake, warning, 'production would refuse: ')),
    ...warnings.map((text) => findingOfWarning(text, 'production would warn: ')),
  ];
}

export function findingOf({ name, given, problem, fix }: Mistake, as: typeof warning, prefix = ''): Finding {
  const is = given === undefined ? '' : ` is ${given}`;
  return as(CHECK, `${prefix}${name}${is}: ${problem}`, fix);
}

function findingOfWarning(text: string, prefix = ''): Finding {
  const [name] = /LATCHKEY_[A-Z_]+/.exec(text) ?? ['the setting'];
  return warning(CHECK, `${prefix}${text}`, `see ${name} in docs/configuration.md`);
}
