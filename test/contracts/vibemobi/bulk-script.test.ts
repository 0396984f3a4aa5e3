import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { startTestServer } from '../../support/server.ts';
import { makeFastDirectory } from '../../support/temporary.ts';
import { send } from '../../support/wire.ts';

const run = promisify(execFile);
const key = '5d1f6a0e9b7d4f52a8e1670d93bb24ce';
const directory = await makeFastDirectory();
const server = await startTestServer({
  // So few that a script of seven users has to wait for its turn.
  env: {
    LATCHKEY_PRIVATE_KEYS: `bulk:${key}`,
    LATCHKEY_RATE_LIMITS: 'on',
    LATCHKEY_PRIVATE_ADDRESS_LIMIT: '5/1s',
  },
});
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A code block of the recipe, as it is printed. */
async function printed(language: string): Promise<string> {
  const recipe = new URL('../../../docs/recipes/create-users-in-bulk.md', import.meta.url);
  const [, code] =
    new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(await readFile(recipe, 'utf8')) ?? [];
  assert.ok(code !== undefined, `no ${language} in the recipe`);
  return code;
}

const user = (name: string) => ({
  email: `${name}@example.com`,
  password: name,
  full_name: `It's ${name} "the user"`,
  is_verified: true,
});

test('the documented script creates a user a line, waits when it is told to, and may be run again', async () => {
  const file = (name: string) => join(directory, name);
  const names = ['ada', 'bob', 'cy', 'dee', 'eve', 'flo', 'gus'];
  await writeFile(file('create-users.sh'), await printed('sh'));
  await writeFile(file('key.header'), `Authorization: Bearer ${key}\n`);
  await writeFile(file('users.jsonl'), names.map((name) => `${JSON.stringify(user(name))}\n`).join(''));
  const bulk = () =>
    run('sh', [file('create-users.sh'), file('users.jsonl'), file('key.header')], {
      env: { ...process.env, LATCHKEY_URL: server.url },
    });
  assert.deepEqual(await bulk(), { stdout: 'created\n'.repeat(7), stderr: '' });
  assert.deepEqual(await bulk(), { stdout: 'there already\n'.repeat(7), stderr: '' });
  const logIn = await send(`${server.url}/v1/login/access-token`, {
    body: new URLSearchParams({ username: 'gus@example.com', password: 'gus' }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(logIn.status, 200);
});

test('the documented retry code makes one user of one call and of a repeated one', async () => {
  await writeFile(join(directory, 'create-user.mjs'), await printed('js'));
  const { createUser } = (await import(join(directory, 'create-user.mjs'))) as {
    createUser: (
      user: unknown,
      where: { url: string; key: string },
    ) => Promise<{ email: string } | undefined>;
  };
  const where = { url: server.url, key };
  assert.equal((await createUser(user('hal'), where))?.email, 'hal@example.com');
  assert.equal(await createUser(user('hal'), where), undefined);
  await assert.rejects(createUser({ email: 'no address' }, where), /422/);
});
