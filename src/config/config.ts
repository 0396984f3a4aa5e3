import { ConfigError } from './config-error.ts';
import type { Environment, EnvironmentRead } from './env.ts';
import { productionRules } from './production-rules.ts';
import { type EffectiveSetting, Reading } from './reading.ts';
import { rules } from './rules.ts';
import type { Setting, Settings, Values } from './setting.ts';
import { contractModules } from './settings/doors.ts';
import { type ConfiguredContract, type Settled, settingGroups, settle } from './table.ts';
import { warningsAbout } from './warnings.ts';

/** Everything an operator decided, checked. Each value has the type that its setting's kind gives it. */
export interface Config extends Settled {
  /** What to say once at start. */
  readonly warnings: readonly string[];
  /** Every setting as it was written, for `showConfig`. Holds secrets: show it through that only. */
  readonly effective: readonly EffectiveSetting[];
  /** The values of the contracts' own settings. Ask `contractValues`. */
  readonly ofContracts: ReadonlyMap<Settings, Values<Settings>>;
}

export interface ConfigSources extends Partial<Omit<EnvironmentRead, 'env'>> {
  readonly contracts: readonly ConfiguredContract[];
  /** Whether `contracts` includes those of LATCHKEY_CONTRACT_MODULES. */
  readonly hasModules?: boolean;
}

/** Reads one setting that has a default, before the others. @throws {ConfigError} */
export function readSetting<T>(env: Environment, setting: Setting<T>): T {
  const reading = new Reading([setting], env, new Set());
  const { value } = reading.values({ value: setting });
  if (reading.mistakes.length > 0) throw new ConfigError(reading.mistakes);
  return value as T;
}

/** @throws {ConfigError} with every mistake there is, not with the first. */
export function loadConfig(
  env: Environment,
  { contracts, fromFile = new Set(), fileMistakes = [], hasModules = false }: ConfigSources,
): Config {
  const settings = settingGroups(contracts).flatMap((group) =>
    Object.values<Settings[string]>(group.settings),
  );
  const reading = new Reading(settings, env, fromFile);
  const effective = reading.effective();
  const settled = settle(reading, contracts);

  const mistakes = [
    ...fileMistakes,
    ...reading.mistakes,
    ...objectionsTo(settled, reading),
    ...reading.unknown(),
  ];
  if (!hasModules && settled.contractModules.length > 0) {
    mistakes.push({
      name: contractModules.name,
      given: reading.shown(contractModules.name),
      problem: 'this program chooses its contracts itself and loads no modules',
      fix: 'leave it out, or start the server with the command latchkey',
    });
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    ...settled,
    warnings: [...reading.renamed(), ...warningsAbout(settled, contracts)],
    effective,
    ofContracts: new Map(contracts.map((contract) => [contract.settings, reading.values(contract.settings)])),
  };
}

/** The values of one contract, typed by the record of settings that it defines. */
export function contractValues<S extends Settings>(
  config: Config,
  contract: { readonly settings: S },
): Values<S> {
  const values = config.ofContracts.get(contract.settings);
  if (values === undefined) {
    throw new Error('the contract was not in the list that the configuration was loaded with');
  }
  // Stored under this very record, so that they are its values.
  return values as Values<S>;
}

function objectionsTo(settled: Settled, reading: Reading) {
  const applying = settled.environment === 'production' ? [...rules, ...productionRules] : rules;
  return applying
    .map((rule) => rule(settled, (name) => reading.isGiven(name)))
    .filter((objection) => objection !== undefined)
    .map((objection) => ({ ...objection, given: reading.shown(objection.name) }));
}
