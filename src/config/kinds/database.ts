import type { DatabaseLocation } from '../../storage/location.ts';
import { InvalidValue, type Kind } from './kind.ts';
import { parsePostgresUrl } from './postgres-url.ts';
import { maskUrl } from './url.ts';

export const MEMORY = ':memory:';

/** `sqlite:<file>`, `sqlite::memory:` or `postgres://…`. */
export function database(): Kind<DatabaseLocation> {
  return {
    expects: `sqlite:<file>, such as sqlite:data/latchkey.db, or sqlite:${MEMORY}, or postgres://user:password@host:port/database with ?sslmode=disable, allow, prefer, require, verify-ca or verify-full (and &sslrootcert=<file>), where # / ? @ % in a password are %23 %2F %3F %40 %25`,
    parse(given) {
      if (/^postgres(ql)?:/i.test(given)) return parsePostgresUrl(given);
      if (!given.startsWith('sqlite:')) {
        throw new InvalidValue('it does not begin with sqlite: or postgres://');
      }
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
