/**
 * Writes the pages that follow from the code. With `--check` it writes nothing and fails where one is stale, so
 * that a setting cannot change without its documentation.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeSettings, settingGroups } from '../src/config/index.ts';
import { contracts } from '../src/contracts/index.ts';
import { describeFlowQueries } from './describe-flow-queries.ts';

const root = join(import.meta.dirname, '..');

const pages = [
  { path: 'docs/configuration.md', text: describeSettings(settingGroups(contracts)) },
  { path: 'docs/queries.md', text: await describeFlowQueries() },
];

const stale: typeof pages = [];
for (const page of pages) {
  const current = await readFile(join(root, page.path), 'utf8').catch(() => undefined);
  if (current !== page.text) stale.push(page);
}

if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is stale. Run: npm run docs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { path, text } of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(`${path} written`);
  }
}
