/** The binary in a process of its own, as users run it. Most other tests run commands in a process that they share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latchkey, makeDirectory, PASSWORD, type RunOptions } from './support.ts';

interface Case extends RunOptions {
  readonly code: number;
  readonly args: readonly string[];
}

const elsewhere = { LATCHKEY_DATABASE_URL: 'sqlite:elsewhere.db' };

/** At least one for each exit code that help lists, with an answer or with an error. */
const cases: readonly Case[] = [
  { code: 0, args: ['user', 'list'] },
  { code: 0, args: ['user', 'show', 'ann', '--json'] },
  { code: 1, args: ['doctor', '--environment', 'production', '--json'] },
  { code: 2, args: ['user', 'set-password', 'ann', '--password-stdin'], input: '\n' },
  { code: 3, args: ['user', 'show', 'bob'] },
  { code: 4, args: ['user', 'create', '--username', 'ANN', '--email', 'other@example.com', '--json'] },
  { code: 4, args: ['migrate', '--check'], env: elsewhere },
  { code: 5, args: ['user', 'list'], env: elsewhere },
];

test('a command ends its process with the exit code that help lists, and prints there what it prints in a shared one', async (t) => {
  const directory = await makeDirectory(t);
  const created = await latchkey(directory, ['user', 'create', '--username', 'ann', '--password-stdin'], {
    asProcess: true,
    input: PASSWORD,
  });
  assert.equal(created.code, 0, created.stderr);
  assert.match(created.stdout, /^password +set$/m);
  for (const { code, args, ...options } of cases) {
    const own = await latchkey(directory, args, { ...options, asProcess: true });
    assert.equal(own.code, code, `${args.join(' ')}: ${own.stderr}`);
    const shared = await latchkey(directory, args, options);
    // Doctor measures: how much is free, how long a hash takes.
    const [ownText, sharedText] = [own, shared].map(({ stdout, stderr }) => stdout + stderr);
    if (args[0] !== 'doctor') assert.equal(sharedText, ownText, args.join(' '));
    assert.deepEqual([shared.code, shared.stdout === ''], [own.code, own.stdout === ''], args.join(' '));
  }
});
