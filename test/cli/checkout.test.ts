import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bareEnvironment, finish, makeDirectory } from './support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** As Node 20 is from where the binary looks. */
const PRETEND_OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`;

async function checkout(t: TestContext): Promise<string> {
  const directory = await makeDirectory(t);
  for (const part of ['bin', 'src', 'package.json']) {
    await cp(join(root, part), join(directory, part), { recursive: true });
  }
  return directory;
}

function run(directory: string, node: readonly string[] = []) {
  const args = [...node, join(directory, 'bin/latchkey.js'), 'user', 'list'];
  return finish(spawn(process.execPath, args, { cwd: directory, env: bareEnvironment(directory) }));
}

test('a checkout that nothing was installed in says so in a line, on any Node', async (t) => {
  const directory = await checkout(t);
  for (const node of [[], ['--import', PRETEND_OLD]]) {
    const { code, stderr } = await run(directory, node);
    assert.equal(code, 1);
    assert.match(stderr, /^[^\n]*Run `npm ci` first[^\n]*\n$/);
  }
});

test('an old Node is told how a checkout runs commands on its own', async (t) => {
  const directory = await checkout(t);
  await mkdir(join(directory, 'node_modules/node'), { recursive: true });
  const { code, stderr } = await run(directory, ['--import', PRETEND_OLD]);
  assert.equal(code, 1);
  assert.match(stderr, /^Latchkey needs Node 24 [^\n]*`npm run -s latchkey -- <command>`\.\n$/);
});

test('an old Node in a checkout without development packages is told which Node to install', async (t) => {
  const directory = await checkout(t);
  await mkdir(join(directory, 'node_modules/fastify'), { recursive: true });
  const { code, stderr } = await run(directory, ['--import', PRETEND_OLD]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^Latchkey needs Node 24 or newer; this is v[^\n]* Install it, or [^\n]* without --omit=dev[^\n]*\n$/,
  );
});
