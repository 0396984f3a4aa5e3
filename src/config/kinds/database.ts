import { InvalidValue, type Kind } from './kind.ts';
import { maskUrl, parseUrl } from './url.ts';

export interface Database {
  readonly engine: 'sqlite';
  /** A file, or `:memory:`. */
  readonly path: string;
}

export const MEMORY = ':memory:';

/** `sqlite:<file>` or `sqlite::memory:`. */
export function database(): Kind<Database> {
  return {
    expects: `sqlite:<file>, such as sqlite:data/latchkey.db, or sqlite:${MEMORY}`,
    parse(given) {
      if (/^postgres(ql)?:/i.test(given)) refusePostgres(given);
      if (!given.startsWith('sqlite:')) throw new InvalidValue('it does not begin with sqlite:');
      const path = given.slice('sqlite:'.length);
      if (path !== MEMORY) checkFile(path);
      return { engine: 'sqlite', path };
    },
    show: (given) => (given.startsWith('sqlite:') ? given : maskUrl(given)),
  };
}

function checkFile(path: string): void {
  if (path === '' || path.endsWith('/')) throw new InvalidValue('it names no file');
  if (/\p{Cc}/u.test(path)) throw new InvalidValue('it contains a control character');
  if (path.startsWith('//')) {
    throw new InvalidValue(
      'after sqlite: comes a path, not //',
      'write sqlite:data/latchkey.db (from where Latchkey starts) or sqlite:/var/lib/latchkey/latchkey.db',
    );
  }
  // SQLite reads these as URIs with options of their own, among them some that give durability away.
  if (/^(file)?:/i.test(path)) throw new InvalidValue('it is a special name of SQLite, not a file');
}

function refusePostgres(given: string): never {
  parseUrl(given, ['postgres', 'postgresql']);
  throw new InvalidValue(
    'this version runs on SQLite only; PostgreSQL support is a later release',
    'use sqlite:data/latchkey.db for now, or leave the setting out',
  );
}
