import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const example = join(root, 'examples/contract-minimal');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Files that the page prints whole: their name on a line of its own, and then their text. */
const printed = new Map(
  [...read('docs/recipes/add-a-contract.md').matchAll(/^`(examples\/\S+\.ts)`:\n\n```ts\n(.*?)^```$/gms)].map(
    ([, path = '', text = '']) => [path, text],
  ),
);

test('the recipe for a contract prints the files of the example, byte for byte', () => {
  assert.ok(printed.size > 0);
  for (const [path, text] of printed) assert.equal(text, read(path), path);
});

test('the recipe leaves out no file that a contract needs', () => {
  const files = readdirSync(example, { recursive: true, encoding: 'utf8' });
  // What it adds for this repository: that its program starts, and that it needs no schema.
  const ours = ['test/server.test.ts', 'test/storage.test.ts'];
  const needed = files.filter((file) => file.endsWith('.ts') && !ours.includes(file));
  assert.deepEqual(
    [...printed.keys()].toSorted(),
    needed.map((file) => `examples/contract-minimal/${file}`).toSorted(),
  );
});

test('the example imports what the package exports, and nothing else of Latchkey', () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> };
  const exported = Object.keys(exports).map((path) => path.replace('.', 'latchkey'));
  const imports = readdirSync(example, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      [...readFileSync(join(example, file), 'utf8').matchAll(/from '([^']+)'/g)].map(([, name = '']) => name),
    );
  const foreign = imports.filter(
    (name) => !exported.includes(name) && !name.startsWith('node:') && !/^\.\.?\/\w/.test(name),
  );
  assert.deepEqual(foreign, []);
});
