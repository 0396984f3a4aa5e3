import { existsSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStorage } from '../../src/storage/index.ts';
import { makeFastDirectory } from './temporary.ts';

/** A migrated file, made once in each process that needs one: copying it is a third of the work of migrating. */
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const directory = await makeFastDirectory();
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'template.db');
  const { storage } = await openStorage({ engine: 'sqlite', path }, { migrations: 'run' });
  await storage.close();
  return path;
}

/** Puts a migrated database there, unless there is one already. */
export async function makeMigrated(path: string): Promise<void> {
  if (existsSync(path)) return;
  template ??= makeTemplate();
  await copyFile(await template, path);
}
