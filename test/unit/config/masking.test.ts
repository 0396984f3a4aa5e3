import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSettings, loadConfig, settingGroups, showConfig } from '../../../src/config/index.ts';
import { load, production, refusal } from './load.ts';

/** Stands for anything that must not be seen. */
const HIDDEN = 'Zt4hQ9xVw2LmK7bN';

const secretSettings = {
  LATCHKEY_SECRET: `${HIDDEN}pRs5UyEa8DfGjXc3vB6nMz`,
  LATCHKEY_PRIVATE_KEYS: `billing:${HIDDEN}0a1b2c3d4e5f`,
  LATCHKEY_SMTP_URL: `smtps://${HIDDEN}:${HIDDEN}@mail.example.com:465`,
  LATCHKEY_SMS_URL: `https://sms.example.com/${HIDDEN}/send?key=${HIDDEN}`,
};

function shown(env: Record<string, string>): Map<string, string | null> {
  return new Map(showConfig(load(env)).map(({ name, value }) => [name, value]));
}

test('showing the settings hides secrets and keeps what an operator needs to tell them apart', () => {
  const values = shown({ ...production, ...secretSettings });
  assert.equal(values.get('LATCHKEY_SECRET'), '•••• (38 characters)');
  assert.equal(values.get('LATCHKEY_PRIVATE_KEYS'), '•••• (36 characters)');
  assert.equal(values.get('LATCHKEY_SMTP_URL'), 'smtps://••••@mail.example.com:465');
  assert.equal(values.get('LATCHKEY_SMS_URL'), 'https://sms.example.com/••••');
  assert.ok(!JSON.stringify([...values]).includes(HIDDEN));
});

test('showing the settings hides the credentials of Twilio', () => {
  const values = shown({ LATCHKEY_SMS_URL: `twilio://AC1:${HIDDEN}@api.twilio.com?from=+1` });
  assert.equal(values.get('LATCHKEY_SMS_URL'), 'twilio://••••@api.twilio.com/••••');
});

test('showing the settings says what they are and where they come from', () => {
  const env = { LATCHKEY_PORT: '9000', LATCHKEY_LOG_LEVEL: 'debug' };
  const config = loadConfig(env, { contracts: [], fromFile: new Set(['LATCHKEY_PORT']) });
  const rows = new Map(showConfig(config).map((row) => [row.name, row]));
  assert.deepEqual(rows.get('LATCHKEY_PORT'), { name: 'LATCHKEY_PORT', value: '9000', source: 'file' });
  assert.deepEqual(rows.get('LATCHKEY_LOG_LEVEL'), {
    name: 'LATCHKEY_LOG_LEVEL',
    value: 'debug',
    source: 'environment',
  });
  assert.deepEqual(rows.get('LATCHKEY_PUBLIC_URL'), {
    name: 'LATCHKEY_PUBLIC_URL',
    value: 'http://127.0.0.1:9000',
    source: 'default',
  });
  assert.deepEqual(rows.get('LATCHKEY_SMTP_URL'), {
    name: 'LATCHKEY_SMTP_URL',
    value: null,
    source: 'default',
  });
});

for (const [name, given] of Object.entries({
  LATCHKEY_SECRET: HIDDEN,
  LATCHKEY_PRIVATE_KEYS: `billing:${HIDDEN}`,
  LATCHKEY_SMTP_URL: `http://user:${HIDDEN}@mail.example.com`,
  LATCHKEY_SMS_URL: `twilio://AC1:${HIDDEN}@api.twilio.com`,
  LATCHKEY_DATABASE_URL: `postgres://user:${HIDDEN}@db.example.com/latchkey?sslmode=maybe`,
  LATCHKEY_PUBLIC_URL: `https://user:${HIDDEN}@auth.example.com`,
  LATCHKEY_APP_URL: `https://user:${HIDDEN}@auth.example.com`,
  LATCHKEY_CORS_ORIGINS: `https://app.example.com,https://user:${HIDDEN}@app.example.com`,
  // The names of secrets, mistyped.
  LATCHKEY_SECRT: HIDDEN,
  LATCHKEY_ROOT_KEY: HIDDEN,
})) {
  test(`a mistake in ${name} does not show the secret in it`, () => {
    const error = refusal({ [name]: given });
    assert.match(error.message, new RegExp(name));
    assert.ok(!`${error.message}${error.stack}${JSON.stringify(error.mistakes)}`.includes(HIDDEN));
  });
}

for (const broken of [
  `smtp//user:${HIDDEN}@host`,
  `smtp:user:${HIDDEN}@host`,
  `user:${HIDDEN}@host`,
  `smtp://user:${HIDDEN}#x@host`,
  `smtp://user:12/${HIDDEN}@host`,
  `smtp://user:${HIDDEN}?x@host`,
  `smtp://user:${HIDDEN} x@host`,
]) {
  test(`a mail server written as ${broken.replace(HIDDEN, '…')} does not show its password`, () => {
    assert.ok(!refusal({ LATCHKEY_SMTP_URL: broken }).message.includes(HIDDEN));
  });
}

test('a secret that breaks a rule between settings is not shown by it', () => {
  const both = `${HIDDEN}pRs5UyEa8DfGjXc3vB6nMz`;
  const error = refusal({ LATCHKEY_SECRET: both, LATCHKEY_PRIVATE_KEYS: both });
  assert.ok(!error.message.includes(HIDDEN));
});

test('the documentation shows no value of this machine', () => {
  const name = 'LATCHKEY_SECRET';
  const before = describeSettings(settingGroups([]));
  process.env[name] = HIDDEN;
  try {
    assert.equal(describeSettings(settingGroups([])), before);
  } finally {
    delete process.env[name];
  }
});
