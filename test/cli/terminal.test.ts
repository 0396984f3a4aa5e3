import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  BINARY,
  bareEnvironment,
  documentOf,
  failureOf,
  freePort,
  makeDirectory,
  PASSWORD,
  PATIENCE_MS,
  serve,
  signIn,
} from './support.ts';

/** Of util-linux: lends a terminal. Elsewhere its options are others. */
const LENDER = 'script';
const noTerminal = spawnSync(LENDER, ['-qec', 'true', '/dev/null']).status !== 0;
const options = { skip: noTerminal && 'this machine has no `script` of util-linux to lend a terminal' };

interface Dialogue {
  readonly asked: string;
  readonly typed: string;
}

/** Runs a command at a terminal and types each answer once its question has been asked. */
async function atTerminal(directory: string, args: string, dialogue: readonly Dialogue[], env = {}) {
  const command = `exec "${process.execPath}" "${BINARY}" ${args}`;
  const child = spawn(LENDER, ['-qefc', command, '/dev/null'], {
    cwd: directory,
    env: { ...bareEnvironment(directory), SHELL: '/bin/sh', TERM: 'dumb', ...env },
  });
  const closed = once(child, 'close');
  const timeout = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let shown = '';
  let answered = 0;
  for await (const chunk of child.stdout) {
    shown += chunk;
    const next = dialogue[answered];
    if (next === undefined || !shown.includes(next.asked)) continue;
    child.stdin.write(next.typed);
    answered += 1;
  }
  await closed;
  clearTimeout(timeout);
  return { code: child.exitCode, shown: shown.replaceAll('\r', '') };
}

test('a password is asked for twice at a terminal, and never shown', options, async (t) => {
  const directory = await makeDirectory(t);
  const { code, shown } = await atTerminal(directory, 'user create --email alice@example.com --verified', [
    { asked: 'Password (empty for none): ', typed: `${PASSWORD}X\u007f\r` },
    { asked: 'Once more: ', typed: `${PASSWORD}\r` },
  ]);
  assert.equal(code, 0, shown);
  assert.doesNotMatch(shown, /passphrase/);
  assert.match(shown, /^password +set$/m);
  const { url } = await serve(t, directory);
  assert.equal((await signIn(url, 'alice@example.com')).status, 200);
});

test('two different passwords at a terminal change nothing, exit code 2', options, async (t) => {
  const directory = await makeDirectory(t);
  const { code, shown } = await atTerminal(directory, 'user create --username bob', [
    { asked: 'Password', typed: `${PASSWORD}\r` },
    { asked: 'Once more', typed: 'something else\r' },
  ]);
  assert.equal(code, 2);
  assert.match(shown, /^error: the two passwords differ; nothing was changed$/m);
  assert.equal((await failureOf(directory, ['user', 'show', 'bob'])).exitCode, 5);
});

test('no password at a terminal makes an account without one', options, async (t) => {
  const directory = await makeDirectory(t);
  const { code, shown } = await atTerminal(directory, 'user create --email bob@example.com', [
    { asked: 'Password', typed: '\r' },
  ]);
  assert.equal(code, 0);
  assert.match(shown, /^password +none$/m);
});

test(
  '--password-stdin at a terminal asks, too, and does not take nothing for an answer',
  options,
  async (t) => {
    const { code, shown } = await atTerminal(
      await makeDirectory(t),
      'user create --username bob --password-stdin',
      [{ asked: 'Password', typed: '\r' }],
    );
    assert.equal(code, 2);
    assert.match(shown, /^error: there is no password on standard input$/m);
  },
);

test('delete asks at a terminal, and only yes deletes', options, async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['user', 'create', '--username', 'carol', '--phone', '+491701234567']);
  for (const typed of ['y\r', '\r', '\u0003', '\u0004']) {
    const { code, shown } = await atTerminal(directory, 'user delete carol', [
      { asked: 'Type yes: ', typed },
    ]);
    assert.equal(code, 4, shown);
    assert.match(shown, /nothing was changed/);
  }
  const { code } = await atTerminal(directory, 'user delete carol', [
    { asked: 'Type yes: ', typed: 'yes\r' },
  ]);
  assert.equal(code, 0);
  assert.equal((await failureOf(directory, ['user', 'show', 'carol'])).exitCode, 3);
});

test(
  'at a terminal the log of a development server is for reading, and Ctrl+C ends it',
  options,
  async (t) => {
    const env = { LATCHKEY_PORT: await freePort() };
    const { code, shown } = await atTerminal(
      await makeDirectory(t),
      'serve',
      [{ asked: 'authorization: Bearer', typed: '\u0003' }],
      env,
    );
    assert.equal(code, 0, shown);
    assert.match(shown, /^\d\d:\d\d:\d\d\.\d{3} {2}listening on http:\/\//m);
    assert.match(shown, /^\d\d:\d\d:\d\d\.\d{3} {2}stopped$/m);
    assert.doesNotMatch(shown, /^\{/m);
  },
);

test('a copy shows at a terminal how far it has come, and a new epoch asks first', options, async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['user', 'create', '--email', 'alice@example.com']);
  const copy = 'db copy --from sqlite:data/latchkey.db --to sqlite:copy.db';
  const { code, shown } = await atTerminal(directory, copy, []);
  assert.equal(code, 0, shown);
  assert.match(shown, /\[#{30}\] copy accounts {2}1 of 1\n/);
  const asked = 'Type yes: ';
  const declined = await atTerminal(directory, 'db new-epoch', [{ asked, typed: 'no\r' }]);
  assert.equal(declined.code, 4);
  assert.equal((await atTerminal(directory, 'db new-epoch', [{ asked, typed: 'yes\r' }])).code, 0);
});
