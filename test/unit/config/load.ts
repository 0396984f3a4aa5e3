import assert from 'node:assert/strict';
import { type Config, ConfigError, type ConfiguredContract, loadConfig } from '../../../src/config/index.ts';

/** A long random text, as `openssl rand -base64 48` prints it. */
export const GOOD_SECRET = 'Qk3vT8n0bYx7uPzL2mWcR5sHfA9eJdGi1oKtN4rVyXqZ6wBhUaSjCpEl';

/** The least that production accepts without a warning. */
export const production = {
  LATCHKEY_ENVIRONMENT: 'production',
  LATCHKEY_SECRET: GOOD_SECRET,
  LATCHKEY_PUBLIC_URL: 'https://auth.example.com',
  LATCHKEY_HOST: '0.0.0.0',
  LATCHKEY_TRUST_PROXY: '10.0.0.0/8',
  LATCHKEY_SMTP_URL: 'smtps://mail.example.com',
};

export function load(env: Record<string, string>, contracts: readonly ConfiguredContract[] = []): Config {
  return loadConfig(env, { contracts });
}

/** The refusal of settings that must be refused. */
export function refusal(
  env: Record<string, string>,
  contracts: readonly ConfiguredContract[] = [],
): ConfigError {
  try {
    loadConfig(env, { contracts });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  assert.fail(`accepted: ${JSON.stringify(env)}`);
}

/** The names that a refusal complains about. */
export function refusedNames(env: Record<string, string>): string[] {
  return refusal(env).mistakes.map(({ name }) => name);
}
