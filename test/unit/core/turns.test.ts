import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../../src/core/throttle/index.ts';

test('works of one name follow each other in order, whatever became of the one before', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', async () => {
    log.push('first begins');
    await gate.promise;
    log.push('first ends');
    throw new Error('no');
  });
  const second = turns.take('a', async () => log.push('second'));
  const other = turns.take('b', async () => log.push('other'));
  await other;
  assert.deepEqual(log, ['first begins', 'other']);
  gate.resolve();
  await assert.rejects(first, /no/);
  await second;
  assert.deepEqual(log, ['first begins', 'other', 'first ends', 'second']);
});

test('a name is taken from the moment it is asked for until the last work has settled', async () => {
  const turns = new Turns();
  assert.equal(turns.isTaken('a'), false);
  const works = [turns.take('a', async () => 1), turns.take('a', async () => 2)];
  assert.equal(turns.isTaken('a'), true);
  assert.equal(turns.isTaken('b'), false);
  assert.deepEqual(await Promise.all(works), [1, 2]);
  assert.equal(turns.isTaken('a'), false);
});
