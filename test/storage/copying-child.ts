/**
 * A process that copies in small batches and is gone, as by kill -9, after as many steps as it is told.
 * Arguments: source, target, steps.
 */
import { loadConfig } from '../../src/config/index.ts';
import { copyBetween } from '../../src/storage/index.ts';

const [from = '', to = '', steps = ''] = process.argv.slice(2);
const locate = (url: string) => loadConfig({ LATCHKEY_DATABASE_URL: url }, { contracts: [] }).database;
let left = Number(steps);
await copyBetween(locate(from), locate(to), {
  batch: 7,
  onProgress() {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
