/**
 * What every contract must hold, whatever its wire looks like: one server behind many doors. A contract's own test
 * file calls `runContractConformance` with a driver that speaks it; what its document rules out is skipped with a
 * reason. The matrices are made from the mounted routes, so that a route which nobody listed is a failure. Owns
 * guarantees; must not know any contract, nor what a server is made of.
 */
import { after, describe } from 'node:test';
import { boundedWork } from './bounded-work.ts';
import { guesses } from './guesses.ts';
import { http } from './http.ts';
import { massAssignment } from './mass-assignment.ts';
import { revocation } from './revocation.ts';
import { routes } from './routes.ts';
import { secrets } from './secrets.ts';
import { signIn } from './sign-in.ts';
import { singleUse } from './single-use.ts';
import { type ContractConformanceOptions, createSuite } from './suite.ts';
import { tokenMatrix } from './token-matrix.ts';

export type { Client } from './client.ts';
export type {
  Call,
  ContractDriver,
  ContractEvent,
  CredentialKind,
  Endpoint,
  GuardedEndpoint,
  OpenEndpoint,
  Person,
  Shown,
  Survivors,
  WireAnswer,
} from './driver.ts';
export type { Capability, ConformanceServer, ContractConformanceOptions, ReceivedMessage } from './suite.ts';

const parts = {
  routes,
  http,
  'sign-in': signIn,
  guesses,
  'single use': singleUse,
  'token × endpoint': tokenMatrix,
  'event × credential × contract': revocation,
  'mass assignment': massAssignment,
  secrets,
  'bounded work': boundedWork,
};

export type Part = keyof typeof parts;

/** @param chosen all parts, unless another run of the same suite has the rest */
export function runContractConformance(
  options: ContractConformanceOptions,
  chosen: readonly Part[] = Object.keys(parts) as Part[],
): void {
  const suite = createSuite(options);
  describe(`contract ${options.driver.contract}`, () => {
    after(() => suite.stop());
    for (const name of chosen) describe(name, () => parts[name](suite));
  });
}
