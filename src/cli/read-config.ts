import { type Config, loadConfig, readEnvironment } from '../config/index.ts';
import { contracts } from '../contracts/index.ts';

/** The settings in force. @throws {ConfigError} */
export function readConfig(): Config {
  const { env, fromFile } = readEnvironment();
  return loadConfig(env, { contracts, fromFile });
}
