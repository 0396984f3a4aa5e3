import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseLocation } from './index.ts';
import { StorageRefusal } from './refusal.ts';

/** Where a database is, for messages and for telling one from another: no user, no password. */
export function nameOf(location: DatabaseLocation): string {
  switch (location.engine) {
    case 'sqlite':
      return `sqlite:${realPath(location.path)}`;
    case 'postgres':
      return `postgres://${location.host}:${location.port}/${location.name}`;
  }
}

/** What names alone tell; the rest is seen when the one is marked. @throws StorageRefusal */
export function assertApart(from: DatabaseLocation, to: DatabaseLocation): void {
  for (const location of [from, to]) {
    if (location.engine === 'sqlite' && location.path === ':memory:') {
      throw new StorageRefusal('needs_sqlite', 'a database in memory is gone with this command; name a file');
    }
  }
  if (nameOf(from) === nameOf(to) || isSameFile(from, to)) {
    throw new StorageRefusal('same_database', 'source and target are the same database');
  }
}

function isSameFile(from: DatabaseLocation, to: DatabaseLocation): boolean {
  if (from.engine !== 'sqlite' || to.engine !== 'sqlite') return false;
  const [one, other] = [from, to].map(({ path }) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
