import { database } from '../kinds/database.ts';
import { list } from '../kinds/list.ts';
import { integer } from '../kinds/number.ts';
import { connectTimeoutOf } from '../kinds/postgres-url.ts';
import { rootSecret } from '../kinds/root-secret.ts';
import { flag } from '../kinds/text.ts';
import { duration } from '../kinds/time.ts';
import { EXAMPLE_SECRET } from '../secret-strength.ts';
import type { Settings } from '../setting.ts';

/** What must survive a restart. */
export const storage = {
  database: {
    name: 'LATCHKEY_DATABASE_URL',
    kind: database(),
    default: 'sqlite:data/latchkey.db',
    description:
      'Where accounts are kept. A relative path begins where Latchkey is started. Without sslmode the connection to PostgreSQL is not encrypted; require encrypts, verify-full also makes sure of the server. The README lists the options that may follow the ?.',
    example: 'postgres://latchkey:password@db.example.com/latchkey?sslmode=verify-full',
  },
  databasePool: {
    name: 'LATCHKEY_DATABASE_POOL',
    kind: integer({ min: 1, max: 1_000 }),
    default: '10',
    description:
      'How many connections each process opens to PostgreSQL at most, beside one that listens. Processes × (pool + 1) must stay below its max_connections; `latchkey doctor` warns.',
  },
  databaseConnectTimeoutMs: {
    name: 'LATCHKEY_DATABASE_CONNECT_TIMEOUT',
    kind: duration({ minMs: 100, maxMs: 60_000 }),
    default: {
      inWords: '`connect_timeout` of LATCHKEY_DATABASE_URL, or `3s`',
      from: (textOf) => `${connectTimeoutOf(textOf('LATCHKEY_DATABASE_URL')) ?? 3}s`,
    },
    description:
      'How long a request waits for a connection to PostgreSQL, a new one or a free one, before it is answered that the service is unavailable.',
  },
  databaseStatementTimeoutMs: {
    name: 'LATCHKEY_DATABASE_STATEMENT_TIMEOUT',
    kind: duration({ minMs: 100, maxMs: 300_000 }),
    default: '10s',
    description: 'How long one statement may take on PostgreSQL. Migrations take as long as they take.',
  },
  migrate: {
    name: 'LATCHKEY_MIGRATE',
    kind: flag(),
    default: 'on',
    description:
      'on brings the database up to date at start; off refuses to start until `latchkey migrate` was run.',
  },
  secret: {
    name: 'LATCHKEY_SECRET',
    kind: rootSecret(),
    description:
      'The root of every key. Each database belongs to one secret and refuses a process with another. Required in production. Otherwise it is made once and kept in latchkey.secret, beside the database or, with PostgreSQL, in data; that text can be moved here as it is.',
    example: EXAMPLE_SECRET,
  },
  previousSecrets: {
    name: 'LATCHKEY_PREVIOUS_SECRETS',
    formerName: 'LATCHKEY_FORMER_SECRETS',
    kind: list(rootSecret(), { none: 'none' }),
    default: 'none',
    description:
      'Values that LATCHKEY_SECRET had before, for one start after it was replaced: the database accepts the new value, and TOTP secrets are sealed with it. Sessions, codes and links do not outlive a replacement.',
  },
} satisfies Settings;
