import { MEMORY } from './kinds/database.ts';
import { isLoopback } from './kinds/network.ts';
import type { Objection, Rule } from './rules.ts';

/** What is convenient on a developer's machine and dangerous anywhere else. */
export const productionRules: readonly Rule[] = [
  function secretIsGiven(_settled, isGiven) {
    return isGiven('LATCHKEY_SECRET') ? undefined : secretRequired;
  },

  function publicUrlIsGiven(_settled, isGiven) {
    if (isGiven('LATCHKEY_PUBLIC_URL')) return undefined;
    return {
      name: 'LATCHKEY_PUBLIC_URL',
      problem: 'production requires it: links in messages begin with it',
      fix: 'write the URL that clients use, such as https://auth.example.com',
    };
  },

  function publicUrlIsEncrypted({ publicUrl }, isGiven) {
    if (!isGiven('LATCHKEY_PUBLIC_URL') || isSafe(publicUrl)) return undefined;
    return {
      name: 'LATCHKEY_PUBLIC_URL',
      problem: 'passwords and tokens would cross the network readable by anyone on the way',
      fix: 'put a proxy with TLS in front and write its https URL',
    };
  },

  function appUrlIsEncrypted({ appUrl }) {
    if (appUrl === undefined || isSafe(appUrl)) return undefined;
    return {
      name: 'LATCHKEY_APP_URL',
      problem: 'links to it carry secrets that would cross the network readable by anyone on the way',
      fix: 'write the https URL of your application',
    };
  },

  function limitsAreOn({ limits }) {
    if (limits.enabled) return undefined;
    return {
      name: 'LATCHKEY_RATE_LIMITS',
      problem: 'without limits passwords and codes can be guessed at full speed, and this is production',
      fix: 'write on, or leave it out; each limit has a setting of its own',
    };
  },

  function accountsOutliveTheProcess({ database }) {
    if (database.engine !== 'sqlite' || database.path !== MEMORY) return undefined;
    return {
      name: 'LATCHKEY_DATABASE_URL',
      problem: 'in memory, every account is lost at the next restart, and this is production',
      fix: 'write a file, such as sqlite:data/latchkey.db',
    };
  },
];

export const secretRequired: Objection = {
  name: 'LATCHKEY_SECRET',
  problem: 'production requires it: every key is derived from it',
  fix: 'make one with openssl rand -base64 48, keep it, and give it to every process',
};

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}
