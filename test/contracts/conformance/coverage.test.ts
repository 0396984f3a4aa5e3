import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { contracts } from '../../../src/contracts/index.ts';
import { drivers } from './run.ts';

test('every contract in the list has a driver and a file that runs the suite with it', () => {
  const names = contracts.map(({ name }) => name).toSorted();
  assert.deepEqual(drivers.map(({ contract }) => contract).toSorted(), names);
  const files = readdirSync(import.meta.dirname).map((file) => file.replace('.test.ts', ''));
  assert.deepEqual(
    names.filter((name) => !files.includes(name)),
    [],
  );
});
