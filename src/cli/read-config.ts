import { type Config, loadConfig, readEnvironment } from '../config/index.ts';
import { type Contract, contracts as ours } from '../contracts/index.ts';
import { loadContractModules } from '../contracts/modules.ts';

export interface SettingsInForce {
  readonly config: Config;
  /** The built-in contracts and those of LATCHKEY_CONTRACT_MODULES, mounted or not. */
  readonly contracts: readonly Contract[];
}

/** The settings in force, and the contracts that define some of them. @throws {ConfigError} */
export async function readSettings(): Promise<SettingsInForce> {
  const { env, ...read } = readEnvironment();
  const contracts = [...ours, ...(await loadContractModules(env))];
  return { config: loadConfig(env, { contracts, ...read, hasModules: true }), contracts };
}

/** @throws {ConfigError} */
export async function readConfig(): Promise<Config> {
  const { config } = await readSettings();
  return config;
}
