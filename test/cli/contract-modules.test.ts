import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError, loadConfig } from '../../src/config/index.ts';
import { contracts } from '../../src/contracts/index.ts';
import { createLog } from '../../src/log.ts';
import { startServer } from '../../src/main.ts';
import { send } from '../support/wire.ts';
import {
  addPendingSignUp,
  bareEnvironment,
  documentOf,
  failureOf,
  finish,
  makeDirectory,
  PASSWORD,
  serve,
} from './support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Makes `latchkey/contracts` the source of this checkout, for servers: other commands have it. */
const node = ['--conditions=latchkey-source'];
const settings = { LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_MINIMAL_ACCESS_LIFETIME: '2h' };

/** The example contract in a project of its own: as a file, and as a package. */
async function makeProject(t: TestContext): Promise<string> {
  const directory = await makeDirectory(t);
  const example = join(root, 'examples/contract-minimal');
  await mkdir(join(directory, 'node_modules/@acme'), { recursive: true });
  await symlink(root, join(directory, 'node_modules/latchkey'));
  await cp(example, join(directory, 'minimal'), { recursive: true });
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  // Node strips no types below node_modules.
  const own = join(directory, 'node_modules/@acme/minimal');
  await mkdir(own);
  await writeFile(
    join(own, 'package.json'),
    '{"name":"@acme/minimal","type":"module","exports":{".":{"import":"./index.js"}}}',
  );
  await writeFile(join(own, 'index.js'), "export { minimal as default } from '../../../minimal/index.ts';");
  return directory;
}

const signIn = (url: string, username: string) =>
  send(`${url}/login`, { json: { username, password: PASSWORD } });

for (const [how, modules] of [
  ['a path', './minimal/index.ts'],
  ['a package', '@acme/minimal'],
] as const) {
  test(`a contract that is named by ${how} is served, and every command knows its settings`, async (t) => {
    const directory = await makeProject(t);
    const env = { ...settings, LATCHKEY_CONTRACT_MODULES: modules };
    const create = ['user', 'create', '--username', 'ada', '--email', 'ada@example.com'];
    await documentOf(directory, [...create, '--password-stdin', '--verified'], {
      env,
      input: PASSWORD,
    });
    const { url } = await serve(t, directory, { env, node });
    const { status, body } = await signIn(url, 'ada');
    assert.equal(status, 200);
    const whoami = await send(`${url}/whoami`, { bearer: body.token });
    assert.equal(whoami.body.username, 'ada');
    assert.equal((await send(`${url}/forward-auth/minimal`, { bearer: body.token })).status, 200);
    assert.equal((await send(`${url}/api/v1/me`)).status, 401);
    const shown = await documentOf(directory, ['config'], { env });
    const lifetime = shown.settings.find(
      ({ name }: { name: string }) => name === 'LATCHKEY_MINIMAL_ACCESS_LIFETIME',
    );
    assert.equal(lifetime.value, '2h');
    for (const command of [
      ['doctor'],
      ['user', 'list'],
      ['migrate'],
      ['session', 'list', 'ada@example.com'],
    ]) {
      await documentOf(directory, command, { env });
    }
  });
}

test('user resend sends the sign-up message of a contract from a module', async (t) => {
  const directory = await makeDirectory(t);
  const acme = `export const acme = {
    name: 'acme', settings: {}, flows: [], mounts: async () => [],
    async signUpMessages(context) {
      const { contract } = context.createAuth({ challengeMs: { code: 60_000 } });
      return { contract, forms: ['code'], link: () => () => '' };
    },
  };`;
  await writeFile(join(directory, 'acme.mjs'), acme);
  const env = { LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_CONTRACT_MODULES: './acme.mjs' };
  await documentOf(directory, ['migrate'], { env });
  await addPendingSignUp(directory, 'ada@example.com');
  await documentOf(directory, ['user', 'resend', 'ada@example.com', '--contract', 'acme'], { env });
  const { messages } = await documentOf(directory, ['message', 'list'], { env });
  assert.deepEqual(
    messages.map(({ topic, to }: { topic: string; to: string }) => [topic, to]),
    [['sign_up', 'ada@example.com']],
  );
});

test('each of several processes has the contract, alone if it is listed alone', async (t) => {
  const directory = await makeProject(t);
  const env = {
    ...settings,
    LATCHKEY_CONTRACT_MODULES: './minimal/index.ts',
    LATCHKEY_CONTRACTS: 'minimal',
    LATCHKEY_WORKERS: '2',
    LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9',
  };
  const { url } = await serve(t, directory, { env, node });
  const answers = await Promise.all([1, 2, 3, 4].map(() => signIn(url, 'nobody')));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401, 401],
  );
  assert.equal((await send(`${url}/api/v1/me`)).status, 404);
});

test('a module that cannot be used stops the start with what is wrong with it, exit code 2', async (t) => {
  const directory = await makeProject(t);
  const contract = (name: string, more = '') =>
    `export const one = { name: '${name}', settings: {${more}}, flows: [], mounts: async () => [] };`;
  const files = {
    'none.js': 'export const x = 1;',
    'throws.js': "const one = 1;\nthrow new Error('on its own');",
    'syntax.ts': 'export const one: number = 1;\nexport const two: = 2;',
    'syntax.js': 'export const = 2;',
    'imports.js': "import './gone.js';",
    'requires.cjs': "require('./gone.cjs');",
    'names.js': "import { two } from './none.js';\nconsole.log(two);",
    'clash.js': contract('fabric'),
    'name.js': contract('Not A Name'),
    'flow.js': contract('acme').replace('flows: []', "flows: ['signIn', 'noSuchFlow']"),
    'prefix.js': contract('acme', "a: { name: 'LATCHKEY_OTHER_A', description: '', kind: { parse() {} } }"),
    'setting.js': contract('acme', 'a: 1'),
    'kind.js': contract('acme', "a: { name: 'LATCHKEY_ACME_A', kind: {} }"),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const real = await realpath(directory);
  const expected: Readonly<Record<string, RegExp>> = {
    './missing.js': new RegExp(`^there is no file ${real}/missing\\.js$`),
    './minimal': new RegExp(`^${real}/minimal is a directory$`),
    'no-such-package': new RegExp(`^no package of this name can be found from ${real}$`),
    './throws.js': new RegExp(`^it cannot be loaded: on its own \\(${real}/throws\\.js:2\\)$`),
    './syntax.ts': new RegExp(`^it cannot be loaded: .+ \\(${real}/syntax\\.ts:2\\)$`),
    './syntax.js': new RegExp(`^it cannot be loaded: Unexpected token '=' \\(${real}/syntax\\.js\\)$`),
    './imports.js': new RegExp(`^it cannot be loaded: Cannot find module .+ \\(${real}/imports\\.js\\)$`),
    './requires.cjs': new RegExp(`^it cannot be loaded: Cannot find module .+ \\(${real}/requires\\.cjs\\)$`),
    './names.js': new RegExp(`^it cannot be loaded: .+'two' \\(${real}/names\\.js:1\\)$`),
    './none.js': /^it exports no contract$/,
    './clash.js': /^there is another contract fabric$/,
    './name.js': /^its contract has the name Not A Name$/,
    './flow.js': /^there is no flow noSuchFlow$/,
    './setting.js': /^its setting a is not made of name, kind and description$/,
    './kind.js': /^its setting a is not made of name, kind and description$/,
    './prefix.js': /^LATCHKEY_OTHER_A of contract acme does not begin with LATCHKEY_ACME_$/,
  };
  const env = { LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_CONTRACT_MODULES: Object.keys(expected).join(',') };
  for (const command of [['serve'], ['config'], ['user', 'list']]) {
    const { exitCode, error } = await failureOf(directory, command, {
      env,
      ...(command[0] === 'serve' && { node }),
    });
    assert.equal(exitCode, 2);
    assert.equal(error.mistakes.length, Object.keys(expected).length);
    for (const { name, given, problem, fix } of error.mistakes) {
      assert.equal(name, 'LATCHKEY_CONTRACT_MODULES');
      assert.match(problem, expected[given] ?? assert.fail(given));
      const isAbsent = ['./missing.js', 'no-such-package'].includes(given);
      assert.equal(/write a path that begins with/.test(fix), isAbsent, `${given}: ${fix}`);
      if (problem.startsWith('it cannot be loaded')) assert.match(fix, /^fix \/\S+\.(js|ts|cjs)/);
    }
  }
  const clash = { LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_CONTRACT_MODULES: './minimal/index.ts,./again.js' };
  await writeFile(join(directory, 'again.js'), contract('minimal'));
  const { error } = await failureOf(directory, ['serve'], { env: clash, node });
  assert.match(error.message, /there is another contract minimal/);
});

test('in a checkout that is not built, a module that imports Latchkey is told how to start', async (t) => {
  // Another checkout, so that a build of this one does not matter.
  const checkout = await makeDirectory(t);
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
  for (const part of ['bin', 'src', 'examples', 'package.json']) {
    await cp(join(root, part), join(checkout, part), { recursive: true });
  }
  const env = { ...settings, LATCHKEY_CONTRACT_MODULES: './examples/contract-minimal/index.ts' };
  const binary = join(checkout, 'bin/latchkey.js');
  const run = (more: Readonly<Record<string, string>>) =>
    finish(
      spawn(process.execPath, [binary, 'config', '--json'], {
        cwd: checkout,
        env: { ...bareEnvironment(checkout), ...env, ...more },
      }),
    );
  const { code, stderr } = await run({});
  assert.equal(code, 2, stderr);
  const [{ problem, fix }] = JSON.parse(stderr).error.mistakes;
  assert.match(problem, /^it cannot be loaded: Cannot find module .+examples\/contract-minimal\/\w+\.ts\)$/);
  assert.match(fix, /NODE_OPTIONS=--conditions=latchkey-source/);
  assert.equal((await run({ NODE_OPTIONS: '--conditions=latchkey-source' })).code, 0);
});

test('a contract whose paths belong to another one stops the start with both names', async (t) => {
  const directory = await makeProject(t);
  const takes = (name: string, prefix: string) => `export const it = {
    name: '${name}', settings: {}, flows: [], async mounts() {
      const errors = { categories: {}, codes: {}, http: {} };
      return [{ contract: '${name}', prefixes: ['${prefix}'], errors, routes: [], bodies() {} }];
    } };`;
  for (const [prefix, problem] of [
    ['/health', '/health of contract acme belongs to contract fabric'],
    ['/readyz', '/readyz of contract acme belongs to the probe /readyz of the server'],
  ] as const) {
    await writeFile(join(directory, 'acme.js'), takes('acme', prefix));
    const env = { LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_PORT: '0', LATCHKEY_CONTRACT_MODULES: './acme.js' };
    const { exitCode, error } = await failureOf(directory, ['serve'], {
      env: { ...env, LATCHKEY_LOG_LEVEL: 'silent' },
      node,
    });
    assert.equal(exitCode, 2);
    assert.deepEqual(error.mistakes[0].problem, problem);
  }
});

test('a program that embeds the server is told that it starts no processes and loads no modules', async (t) => {
  const directory = await makeDirectory(t);
  const env = {
    LATCHKEY_ENVIRONMENT: 'test',
    LATCHKEY_PORT: '0',
    LATCHKEY_DATABASE_URL: `sqlite:${directory}/latchkey.db`,
    LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9',
  };
  const names = (name: string) => (error: unknown) =>
    error instanceof ConfigError && error.mistakes.every((mistake) => mistake.name === name);
  const several = loadConfig({ ...env, LATCHKEY_WORKERS: '2' }, { contracts });
  await assert.rejects(startServer(several, createLog('silent')), names('LATCHKEY_WORKERS'));
  const modules = { ...env, LATCHKEY_CONTRACT_MODULES: './minimal/index.ts' };
  assert.throws(() => loadConfig(modules, { contracts }), names('LATCHKEY_CONTRACT_MODULES'));
});
