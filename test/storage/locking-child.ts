/** A process that holds the write lock of the database in its argument until it is told to let go. */
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const [path = ''] = process.argv.slice(2);
const database = new DatabaseSync(path);
database.exec('begin immediate');
writeSync(1, 'locked\n');
await new Promise((go) => process.stdin.once('data', go));
database.exec('commit');
writeSync(1, 'released\n');
process.exit();
