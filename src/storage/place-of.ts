import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseLocation } from './index.ts';
import { StorageRefusal } from './refusal.ts';

/**
 * Where a database is that a copy can be cut off from and come back to, as an operator calls it: no user, no password.
 * @throws StorageRefusal `needs_file` for one in memory
 */
export function placeOf(location: DatabaseLocation): string {
  if (location.engine === 'postgres') return `postgres://${location.host}:${location.port}/${location.name}`;
  const { path } = location;
  if (path !== ':memory:') return `sqlite:${realPath(path)}`;
  throw new StorageRefusal('needs_file', 'a database in memory is gone with this command; name a file');
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
