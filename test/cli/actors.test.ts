import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { type TestContext, test } from 'node:test';
import { Output } from '../../src/cli/output.ts';
import { createProgram } from '../../src/cli/program.ts';
import { openStorage } from '../../src/storage/index.ts';
import { addPendingSignUp, documentOf, makeDirectory, PASSWORD } from './support.ts';

/** Commands that change no account. */
const reading = [
  'serve',
  'migrate',
  'user list',
  'user find',
  'user show',
  'session list',
  'audit list',
  'message list',
  'message test',
  'db backup',
  'db copy',
  'config',
  'doctor',
  'help',
];

const input = PASSWORD;
const hal = 'hal@example.com';
const pending = 'pending@example.com';

/** All other commands, in an order in which each has something to change. */
const changing: readonly (readonly [command: string, args: readonly string[]])[] = [
  ['user create', ['--email', hal, '--password-stdin']],
  ['user update', [hal, '--username', 'hal', '--phone', '+4917012345678', '--staff']],
  ['user verify', [hal]],
  ['user resend', [pending, '--contract', 'fabric']],
  ['user verify', [pending]],
  ['user unlock', [hal]],
  ['user set-password', [hal, '--password-stdin']],
  ['totp enroll', [hal]],
  ['totp remove', [hal]],
  ['session revoke', [hal]],
  ['user disable', [hal]],
  ['user enable', [hal]],
  ['user delete', [hal, '--yes']],
  ['db new-epoch', ['--yes']],
];

function commandNames(): string[] {
  return createProgram(new Output({ json: true })).commands.flatMap((command) =>
    command.commands.length === 0
      ? [command.name()]
      : command.commands.map((sub) => `${command.name()} ${sub.name()}`),
  );
}

test('each event of a command names the operating system’s user, and every command that changes something leaves one', async (t: TestContext) => {
  const directory = await makeDirectory(t);
  const known = new Set([...reading, ...changing.map(([command]) => command), 'db restore']);
  assert.deepEqual(commandNames().toSorted(), [...known].toSorted());

  await documentOf(directory, ['migrate']);
  await addPendingSignUp(directory, pending);
  let seen = 0;
  for (const [command, args] of changing) {
    await documentOf(directory, [...command.split(' '), ...args], { input });
    const { storage } = await openStorage(
      { engine: 'sqlite', path: `${directory}/data/latchkey.db` },
      { migrations: 'refuse' },
    );
    const events = await storage.audit.list({ limit: 100 });
    await storage.close();
    assert.ok(events.length > seen, command);
    for (const { type, door, actor, address } of events.slice(0, events.length - seen)) {
      const expected = ['cli', `cli:${userInfo().username}`, undefined];
      assert.deepEqual([door, actor, address], expected, `${command}: ${type}`);
    }
    seen = events.length;
  }
});
