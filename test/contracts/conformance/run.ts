import {
  type Capability,
  type ContractDriver,
  type Part,
  runContractConformance,
} from '../../../src/contracts/conformance/index.ts';
import { engine } from '../../support/environment.ts';
import { startTestServer } from '../../support/server.ts';
import { fabricDriver } from '../fabric/conformance-driver.ts';
import { ibaneraDriver } from '../ibanera/conformance-driver.ts';
import { notesDriver } from '../notes/conformance-driver.ts';
import { PRIVATE_KEY, vibemobiDriver } from '../vibemobi/conformance-driver.ts';

export const drivers: readonly ContractDriver[] = [fabricDriver, vibemobiDriver, ibaneraDriver, notesDriver];

/** What PostgreSQL can change. Routes, HTTP and which kind of token opens what are the same on every engine. */
const ofEngine: readonly Part[] = [
  'sign-in',
  'guesses',
  'single use',
  'event × credential × contract',
  'bounded work',
];

/** The suite for one of our contracts, beside all others. A file each, so that they run in parallel. */
export function conforms(contract: string, skip: Partial<Record<Capability, string>> = {}): void {
  const [driver] = drivers.filter((known) => known.contract === contract);
  if (driver === undefined) throw new Error(`no driver for ${contract}`);
  const options = {
    driver,
    beside: drivers.filter((known) => known !== driver),
    skip,
    start: (settings?: Readonly<Record<string, string>>) =>
      startTestServer({
        env: {
          LATCHKEY_HASH_QUEUE_BUDGET: '60s',
          LATCHKEY_PRIVATE_KEYS: `conformance:${PRIVATE_KEY}`,
          ...settings,
        },
      }),
  };
  if (engine === 'postgres') runContractConformance(options, ofEngine);
  else runContractConformance(options);
}
