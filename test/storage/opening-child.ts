/** A process that opens the database in its argument, writes, and prints how that went. */
import { writeSync } from 'node:fs';
import { AuthError } from '../../src/core/errors.ts';
import { createAccount } from '../../src/storage/conformance/fixture.ts';
import { openStorage } from '../../src/storage/index.ts';

const [path = ''] = process.argv.slice(2);

async function attempt(): Promise<string> {
  try {
    const { storage } = await openStorage({ engine: 'sqlite', path }, { migrations: 'run' });
    await storage.ping();
    await createAccount(storage);
    return 'written';
  } catch (error) {
    if (error instanceof AuthError) return `${error.code}: ${error.facts.reason}`;
    return error instanceof Error ? error.message : String(error);
  }
}

writeSync(1, `${await attempt()}\n`);
process.exit();
