import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { hasEnded, thisProcess } from '../../src/delivery/index.ts';

// SEC-092
test('a process that ended is told from one that lives, also by a pid that is used again', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  assert.equal(hasEnded(`${child.pid}@1`), false);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  assert.equal(hasEnded(`${child.pid}@1`), true);
  assert.equal(hasEnded(thisProcess), false);
  assert.equal(hasEnded(`${process.pid}@1`), true, 'an earlier process of this pid');
});
