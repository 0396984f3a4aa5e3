/** A process that runs SQL on a PostgreSQL, waits for no lock, and prints what came of it. Arguments: URL, SQL. */
import { writeSync } from 'node:fs';
import { administer } from '../support/postgres/databases.ts';

const [url = '', sql = ''] = process.argv.slice(2);
await administer(url, `set lock_timeout = '100ms'`, sql).then(
  () => writeSync(1, 'done'),
  (error: unknown) => writeSync(1, String(error)),
);
