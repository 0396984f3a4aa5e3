/**
 * A process that writes for as long as it is let, and prints a line for every write that was acknowledged, only then.
 * Arguments: the database, how many writes, and an account whose epoch each write advances.
 */
import { writeSync } from 'node:fs';
import { loadConfig } from '../../src/config/index.ts';
import { createAccount, NOW } from '../../src/storage/conformance/fixture.ts';
import { openStorage } from '../../src/storage/index.ts';

const [path = '', times = '0', shared = ''] = process.argv.slice(2);
const { database } = path.startsWith('postgres')
  ? loadConfig({ LATCHKEY_DATABASE_URL: path }, { contracts: [] })
  : { database: { engine: 'sqlite', path } as const };
const { storage } = await openStorage(database, { migrations: 'run' });
const say = (text: string) => writeSync(1, `${text}\n`);

say('ready');
await new Promise((go) => process.stdin.once('data', go));
for (let index = 0; index < Number(times); index += 1) {
  const id = await storage.transaction(async (stores) => {
    const account = await createAccount(stores);
    await stores.passwords.set(account.id, `hash of ${account.id}`, NOW);
    await stores.accounts.advanceEpoch(shared);
    return account.id;
  });
  say(id);
}
await storage.close();
process.exit();
