import { runContractConformance } from 'latchkey/contracts';
import { driver } from './driver.ts';
import { start } from './start.ts';

await runContractConformance({
  driver,
  start,
  skip: {
    'rotating tokens': 'it has one token, and no refresh',
    codes: 'it sends no messages',
    challenges: 'it sends no messages',
    'second factor': 'it asks for a password alone',
  },
});
