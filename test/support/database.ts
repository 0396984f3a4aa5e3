import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { engine } from './environment.ts';
import { createDatabase, type TestDatabase } from './postgres/databases.ts';
import { makeMigrated } from './sqlite-template.ts';

/** The databases of directories that a test keeps across restarts. They go with the server. */
const kept = new Map<string, Promise<TestDatabase>>();

export interface DatabaseForTest {
  readonly url: string;
  /** The settings that lead there. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * A migrated database of its own on the engine that is tested: a file in the directory, or a database on a real server that
 * belongs to the directory, so that whoever comes back with the directory finds it again.
 */
export async function databaseFor(directory: string, { isKept = false } = {}): Promise<DatabaseForTest> {
  if (engine === 'sqlite') {
    const path = join(directory, 'latchkey.db');
    await makeMigrated(path);
    const url = `sqlite:${path}`;
    return { url, env: { LATCHKEY_DATABASE_URL: url }, close: async () => {} };
  }
  const made = kept.get(directory) ?? createDatabase();
  if (isKept) kept.set(directory, made);
  const database = await made;
  // Beside a file a secret is kept; here the directory stands for it.
  const secret = createHash('sha256').update(directory).digest('base64url');
  return {
    url: database.url,
    env: { LATCHKEY_DATABASE_URL: database.url, LATCHKEY_SECRET: secret },
    async close() {
      if (!isKept) await database[Symbol.asyncDispose]();
    },
  };
}
