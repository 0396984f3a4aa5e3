import { type Config, loadConfig, readEnvironment } from '../config/index.ts';
import { contracts } from '../contracts/index.ts';

/** The settings in force. @throws {ConfigError} */
export function readConfig(): Config {
  const { env, ...read } = readEnvironment();
  return loadConfig(env, { contracts, ...read });
}
