/**
 * Reading, checking and describing settings. Owns their names, defaults, meanings and the rules between them,
 * and the root secret. Must not know who uses them: contracts hand their own settings in, and nothing here
 * imports the rest of Latchkey but the ports of core.
 */
export { type Config, type ConfigSources, contractValues, loadConfig, readSetting } from './config.ts';
export { ConfigError, type Mistake } from './config-error.ts';
export { describeSettings, type ShownSetting, showConfig } from './describe.ts';
export { type Environment, type EnvironmentRead, readEnvironment } from './env.ts';
export { database } from './kinds/database.ts';
export { InvalidValue } from './kinds/kind.ts';
export { isLoopback } from './kinds/network.ts';
export { integer } from './kinds/number.ts';
export type { PrivateKey } from './kinds/private-keys.ts';
export { choice } from './kinds/text.ts';
export { duration, type Rate } from './kinds/time.ts';
export { explainMismatch, resolveSecret, type SecretSources, secretFileFor } from './secrets.ts';
export type { Setting, SettingGroup, Settings, Values } from './setting.ts';
export type { PrivateDoor } from './settings/private-door.ts';
export { type ConfiguredContract, settingGroups } from './table.ts';
