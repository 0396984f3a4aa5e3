import { MEMORY } from './kinds/database.ts';
import { isLoopback } from './kinds/network.ts';
import type { Settled } from './table.ts';

/** What no setting can see alone. The setting named is the one to change. */
export interface Objection {
  readonly name: string;
  readonly problem: string;
  readonly fix: string;
}

/** Undefined where nothing is wrong. */
export type Rule = (settled: Settled, isGiven: (name: string) => boolean) => Objection | undefined;

/** Rules for every environment. */
export const rules: readonly Rule[] = [
  function workersShareADatabase({ workers, database }) {
    if (workers === 1 || database.engine !== 'sqlite' || database.path !== MEMORY) return undefined;
    return {
      name: 'LATCHKEY_WORKERS',
      problem: 'each process would have a database in memory of its own',
      fix: 'write 1, or set LATCHKEY_DATABASE_URL to a file or a server',
    };
  },

  function workersHaveNoMailbox({ workers, environment, messages }) {
    if (workers === 1 || environment === 'production' || messages.smtpUrl !== undefined) return undefined;
    return {
      name: 'LATCHKEY_WORKERS',
      problem:
        'the development mailbox is in the memory of one process, and of several each would show its part of the messages',
      fix: 'write 1, or set LATCHKEY_SMTP_URL',
    };
  },

  function openDoorStaysOnThisMachine({ privateDoor, environment, host }) {
    if (privateDoor.auth !== 'open' || (environment !== 'production' && isLoopback(host))) return undefined;
    return {
      name: 'LATCHKEY_PRIVATE_AUTH',
      problem:
        environment === 'production'
          ? 'an open private door lets anyone make verified accounts, and this is production'
          : `an open private door lets anyone make verified accounts, and LATCHKEY_HOST ${host} is not only this machine`,
      fix: 'write token and set LATCHKEY_PRIVATE_KEYS',
    };
  },

  function proxiesAreSomebody({ trustProxy }) {
    if (!trustProxy.some((network) => network.endsWith('/0'))) return undefined;
    return {
      name: 'LATCHKEY_TRUST_PROXY',
      problem: 'it trusts every address, so that any client could claim any other and step around the limits',
      fix: 'list the addresses or networks of your proxies only',
    };
  },

  function metricsHaveTheirOwnPort({ metricsPort, port }) {
    if (metricsPort !== port) return undefined;
    return {
      name: 'LATCHKEY_METRICS_PORT',
      problem: 'it is the same as LATCHKEY_PORT',
      fix: 'write another port, or off',
    };
  },

  function freePortIsForTests({ port, environment }) {
    if (port !== 0 || environment === 'test') return undefined;
    return {
      name: 'LATCHKEY_PORT',
      problem: 'a port that changes with every start is of use in the test environment only',
      fix: 'write a port from 1 to 65535',
    };
  },

  // Both are read at start by their owner, so that comparing them plainly tells nobody anything (SEC-055).
  function oneSecretForOnePurpose({ secret, privateDoor }) {
    if (!privateDoor.keys.some(({ key }) => key === secret)) return undefined;
    return {
      name: 'LATCHKEY_PRIVATE_KEYS',
      problem: 'one of the keys is LATCHKEY_SECRET itself, and whoever holds that can forge every token',
      fix: 'make another key: openssl rand -hex 32',
    };
  },

  function previousSecretsArePrevious({ secret, previousSecrets }) {
    if (secret === undefined || !previousSecrets.includes(secret)) return undefined;
    return {
      name: 'LATCHKEY_PREVIOUS_SECRETS',
      problem: 'one of them is LATCHKEY_SECRET itself, so that nothing was replaced',
      fix: 'list only the values that it had before',
    };
  },

  function lockComesBeforeTheEnd({ lockout }) {
    if (lockout.disableAfter > lockout.failures) return undefined;
    return {
      name: 'LATCHKEY_LOCKOUT_DISABLE_AFTER',
      problem: `it is not above LATCHKEY_LOCKOUT_FAILURES, ${lockout.failures}, so that no lock would ever end`,
      fix: `write a number above ${lockout.failures}`,
    };
  },

  function dayHoldsItsHours({ codes }) {
    if (codes.wrongPerDay >= codes.wrongPerHour) return undefined;
    return {
      name: 'LATCHKEY_WRONG_CODES_PER_DAY',
      problem: `it is below LATCHKEY_WRONG_CODES_PER_HOUR, ${codes.wrongPerHour}, which then never counts`,
      fix: `write ${codes.wrongPerHour} or more`,
    };
  },
];
