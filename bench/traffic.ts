/** What clients ask of Latchkey while it is measured, through the Fabric contract. */
import { createBase } from '../src/base.ts';
import { loadConfig } from '../src/config/index.ts';
import { contracts } from '../src/contracts/index.ts';
import { parseIdentifier } from '../src/core/account/index.ts';
import { createLog } from '../src/log.ts';
import { rawRequest, type Traffic } from './load.ts';

const ACCOUNTS = 16;
const CONNECTIONS = 32;
const password = 'MySecretPassword123';
const emailOf = (index: number): string => `person${index}@example.com`;

export const REFRESH_PATH = '/api/v1/auth/token/refresh/';
const LOGIN_PATH = '/api/v1/auth/login/basic/';

/** In a database that it migrates. */
export async function createAccounts(databaseUrl: string): Promise<void> {
  const env = {
    LATCHKEY_ENVIRONMENT: 'test',
    LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
    LATCHKEY_DATABASE_URL: databaseUrl,
  };
  const base = await createBase(loadConfig(env, { contracts }), createLog('silent'));
  for (let index = 0; index < ACCOUNTS; index += 1) {
    const email = parseIdentifier('email', emailOf(index));
    await base.admin.createAccount({
      actor: { door: 'bench', by: 'cli:bench' },
      email,
      password,
      isVerified: true,
    });
  }
  await base.close();
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

/** @throws when it is refused */
export async function signIn(port: number, index: number): Promise<Tokens> {
  const response = await fetch(`http://127.0.0.1:${port}${LOGIN_PATH}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identifier: emailOf(index % ACCOUNTS), password }),
  });
  if (response.status !== 200)
    throw new Error(`could not sign in: ${response.status} ${await response.text()}`);
  return (await response.json()) as Tokens;
}

const signInAll = (port: number, count: number): Promise<Tokens[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => signIn(port, index)));

/** `GET /api/v1/me` with the sessions of all accounts. */
export async function tokenChecks(port: number): Promise<Traffic> {
  const tokens = await signInAll(port, ACCOUNTS);
  const requests = tokens.map(({ access }) =>
    rawRequest('GET', '/api/v1/me', { headers: { authorization: `Bearer ${access}` } }),
  );
  return { connections: CONNECTIONS, next: (connection) => requests[connection % ACCOUNTS] as Buffer };
}

/** Every account with its right password, over and over. */
export function signIns(): Traffic {
  const requests = Array.from({ length: ACCOUNTS }, (_, index) =>
    rawRequest('POST', LOGIN_PATH, { body: JSON.stringify({ identifier: emailOf(index), password }) }),
  );
  return { connections: ACCOUNTS, next: (connection) => requests[connection % ACCOUNTS] as Buffer };
}

export const refreshRequest = (refresh: string): Buffer =>
  rawRequest('POST', REFRESH_PATH, { body: JSON.stringify({ refresh }) });

/** Each connection with the refresh token that it was last given. */
export async function refreshes(port: number): Promise<Traffic> {
  const current = (await signInAll(port, CONNECTIONS)).map(({ refresh }) => refresh);
  return {
    connections: CONNECTIONS,
    readsBodies: true,
    next(connection, lastBody) {
      if (lastBody !== undefined) current[connection] = (JSON.parse(lastBody) as Tokens).refresh;
      return refreshRequest(current[connection] ?? '');
    },
  };
}
