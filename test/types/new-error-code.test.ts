import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The errors of the compiler, as `<file>: <message>`. */
async function compile(cwd: string): Promise<string[]> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [compiler, '--pretty', 'false'], { cwd }, (_error, stdout) => resolve(stdout));
  });
  return output
    .split('\n')
    .filter((line) => /^\S.*: error TS/.test(line))
    .map((line) => line.replace(/\(\d+,\d+\): error TS\d+/, ''));
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(from), `${file} contains ${from}`);
  await writeFile(file, text.replace(from, to));
}

test('a new code needs a category, and an answer of the contracts whose flows raise it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-types-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  for (const part of ['src', 'examples', 'package.json', 'tsconfig.json']) {
    await cp(join(root, part), join(directory, part), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  await edit(join(directory, 'tsconfig.json'), '"test", "bench", "scripts", "examples"', '"examples/*/*.ts"');
  const first = "  identifier_invalid: 'invalid',";
  await edit(join(directory, 'src/core/errors.ts'), first, `  throw_away: 'conflict',\n${first}`);
  await edit(
    join(directory, 'src/core/flows/refresh.ts'),
    'refresh.errors = [',
    "refresh.errors = ['throw_away', ",
  );
  const errors = await compile(directory);
  // VibeMobi and the example know no refresh; pages, the command line and http answer categories.
  assert.deepEqual(
    errors.map((error) => error.replace(/ is missing .*/, ' is missing')).toSorted(),
    ['fabric', 'ibanera', 'notes'].map(
      (contract) => `src/contracts/${contract}/errors.ts: Property 'throw_away' is missing`,
    ),
  );
});
