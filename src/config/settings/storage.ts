import { database } from '../kinds/database.ts';
import { rootSecret } from '../kinds/root-secret.ts';
import { flag } from '../kinds/text.ts';
import { EXAMPLE_SECRET } from '../secret-strength.ts';
import type { Settings } from '../setting.ts';

/** What must survive a restart. */
export const storage = {
  database: {
    name: 'LATCHKEY_DATABASE_URL',
    kind: database(),
    default: 'sqlite:data/latchkey.db',
    description: 'Where accounts are kept. A relative path begins where Latchkey is started.',
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
      'The root of every key. Required in production. Otherwise it is made once and kept beside the database, in latchkey.secret; that text can be moved here as it is.',
    example: EXAMPLE_SECRET,
  },
} satisfies Settings;
