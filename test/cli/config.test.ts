import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentOf, latchkey, makeDirectory } from './support.ts';

/** Stands for everything that must not be seen. */
const HIDDEN = 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz';

const env = {
  LATCHKEY_SECRET: HIDDEN,
  LATCHKEY_PRIVATE_KEYS: `billing:${HIDDEN}0`,
  LATCHKEY_SMTP_URL: `smtps://latchkey:${HIDDEN}@127.0.0.1:1`,
  LATCHKEY_SMS_URL: `https://sms.example.com/${HIDDEN}`,
};

test('config shows every setting, its value and where it comes from', async (t) => {
  const directory = await makeDirectory(t);
  await writeFile(join(directory, '.env'), 'LATCHKEY_PRODUCT_NAME=Example\nLATCHKEY_PORT=9001\n');
  const { settings, warnings } = await documentOf(directory, ['config'], { env: { LATCHKEY_PORT: '9000' } });
  const named = (name: string) => settings.find((setting: { name: string }) => setting.name === name);
  assert.deepEqual(named('LATCHKEY_PORT'), { name: 'LATCHKEY_PORT', value: '9000', source: 'environment' });
  assert.deepEqual(named('LATCHKEY_PRODUCT_NAME'), {
    name: 'LATCHKEY_PRODUCT_NAME',
    value: 'Example',
    source: 'file',
  });
  assert.deepEqual(named('LATCHKEY_HOST'), { name: 'LATCHKEY_HOST', value: '127.0.0.1', source: 'default' });
  assert.deepEqual(named('LATCHKEY_SMTP_URL'), { name: 'LATCHKEY_SMTP_URL', value: null, source: 'default' });
  assert.deepEqual(warnings, []);

  const { stdout } = await latchkey(directory, ['config']);
  assert.match(stdout, /^name +value +source\n/);
  assert.match(stdout, /^LATCHKEY_PORT +9001 +file$/m);
});

test('config and doctor never show a secret, with or without --json', async (t) => {
  const directory = await makeDirectory(t);
  for (const args of [
    ['config'],
    ['config', '--json'],
    ['doctor'],
    ['doctor', '--json', '--environment', 'production'],
  ]) {
    const { stdout, stderr } = await latchkey(directory, args, { env });
    assert.notEqual(stdout, '');
    assert.ok(!(stdout + stderr).includes(HIDDEN), args.join(' '));
  }
});

test('config says in words what the server would warn of', async (t) => {
  const directory = await makeDirectory(t);
  const { stdout } = await latchkey(directory, ['config'], { env: { LATCHKEY_HOST: '0.0.0.0' } });
  assert.match(stdout, /^warning: LATCHKEY_HOST is 0\.0\.0\.0 /m);
});
