import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The files of the package as it would be published, but for the compiled ones. */
function packedFiles(): string[] {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  // npm 12 prints an object by package, npm 11 and before a list.
  const [archive] = Object.values(JSON.parse(stdout)) as { files: { path: string }[] }[];
  return archive?.files.map(({ path }) => path) ?? [];
}

test('every link in the packed pages leads to a file of the package or to an address', () => {
  const packed = packedFiles();
  const leadsSomewhere = (path: string) =>
    packed.includes(path) || packed.some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
  const pages = packed.filter((path) => path.endsWith('.md'));
  assert.ok(pages.includes('README.md') && pages.length > 20);
  const dead = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^(?:[a-z]+:|#)/.test(target))
      .filter((target) => !leadsSomewhere(normalize(join(dirname(page), target.split('#', 1)[0] ?? ''))))
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(dead, []);
});
