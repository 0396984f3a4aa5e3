import { isRouted } from '../../http/index.ts';
import type { Client } from './client.ts';
import type {
  ContractDriver,
  CredentialKind,
  Endpoint,
  GuardedEndpoint,
  Shown,
  WireAnswer,
} from './driver.ts';

/** Of every contract: what its sign-in takes. */
export const PASSWORD = 'password';

/** Every route that the contract has mounted, as `METHOD /path`. */
export function mountedRoutes({ server }: Client, { contract }: ContractDriver): string[] {
  return server.app.mounts
    .filter(isRouted)
    .filter((mount) => mount.contract === contract)
    .flatMap(({ routes }) => routes.map(({ method, path }) => `${method} ${path}`));
}

/** Every endpoint of a contract: those that its driver lists, and the one that the server adds. */
export function endpointsOf(driver: ContractDriver): ReadonlyMap<string, Endpoint> {
  const { contract, endpoints, bearer, kinds } = driver;
  const forwardAuth: GuardedEndpoint = {
    takes: Object.keys(kinds).filter((name) => kinds[name]?.to !== 'stranger' && isAccess(driver, name)),
    call: (shown) => bearer(shown),
  };
  return new Map<string, Endpoint>([
    ...Object.entries(endpoints),
    [`GET /forward-auth/${contract}`, forwardAuth],
  ]);
}

/** A superuser's access token is one, too: it is proved where every other is. */
function isAccess({ kinds, accessKind }: ContractDriver, name: string): boolean {
  const access = kinds[accessKind];
  const kind = kinds[name];
  return kind !== undefined && kind.lives === 'session' && kind.provedAt === access?.provedAt;
}

export const isGuarded = (endpoint: Endpoint): endpoint is GuardedEndpoint => endpoint.takes !== undefined;

export function guardedEndpointsOf(driver: ContractDriver): [string, GuardedEndpoint][] {
  return [...endpointsOf(driver)].filter((entry): entry is [string, GuardedEndpoint] => isGuarded(entry[1]));
}

export function guarded(driver: ContractDriver, name: string): GuardedEndpoint {
  const endpoint = endpointsOf(driver).get(name);
  if (endpoint === undefined || !isGuarded(endpoint)) throw new Error(`${name} is no guarded endpoint`);
  return endpoint;
}

export const succeeded = ({ succeeded: told }: GuardedEndpoint, answer: WireAnswer): boolean =>
  told?.(answer) ?? answer.status < 400;

/** Shows a credential to an endpoint; whether it was taken. */
export async function isTaken(
  client: Client,
  driver: ContractDriver,
  name: string,
  shown: Shown,
): Promise<boolean> {
  const endpoint = guarded(driver, name);
  return succeeded(endpoint, await client.send(name, endpoint.call(shown)));
}

/** Every kind of credential that there is, with whose it is. */
export interface KnownKind {
  readonly driver: ContractDriver;
  readonly name: string;
  readonly kind: CredentialKind;
}

export const kindsOf = (drivers: readonly ContractDriver[]): KnownKind[] =>
  drivers.flatMap((driver) => Object.entries(driver.kinds).map(([name, kind]) => ({ driver, name, kind })));
