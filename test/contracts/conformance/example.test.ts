import { driver } from '../../../examples/contract-minimal/test/driver.ts';
import { start } from '../../../examples/contract-minimal/test/start.ts';
import { runContractConformance } from '../../../src/contracts/conformance/index.ts';
import { PRIVATE_KEY } from '../vibemobi/conformance-driver.ts';
import { drivers } from './run.ts';

// The example passes on its own (examples/contract-minimal/test); here the four try their tokens at its door, too.
runContractConformance({
  driver,
  beside: drivers,
  start: (settings) => start({ LATCHKEY_PRIVATE_KEYS: `conformance:${PRIVATE_KEY}`, ...settings }),
  skip: {
    'rotating tokens': 'it has one token, and no refresh',
    codes: 'it sends no messages',
    challenges: 'it sends no messages',
    'second factor': 'it asks for a password alone',
  },
});
