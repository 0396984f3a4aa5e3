import { database } from '../kinds/database.ts';
import { list } from '../kinds/list.ts';
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
  formerSecrets: {
    name: 'LATCHKEY_FORMER_SECRETS',
    kind: list(rootSecret(), { none: 'none' }),
    default: 'none',
    description:
      'Values that LATCHKEY_SECRET had before, for one start after it was replaced: TOTP secrets that they sealed are sealed anew. Sessions and codes under way do not outlive a replacement.',
  },
} satisfies Settings;
