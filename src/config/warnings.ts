import type { PostgresTls } from '../storage/location.ts';
import { isLoopback } from './kinds/network.ts';
import type { ConfiguredContract, Settled } from './table.ts';

/** What an operator may well want, and should have heard once. */
export function warningsAbout(settled: Settled, contracts: readonly ConfiguredContract[]): string[] {
  const warnings = settled.environment === 'production' ? inProduction(settled) : outsideProduction(settled);
  return [...warnings, ofDistantProxy(settled), ...ofDisclosure(settled, contracts)].filter(
    (warning) => warning !== undefined,
  );
}

function ofDisclosure(
  { enumeration, contracts: mounted }: Settled,
  contracts: readonly ConfiguredContract[],
): string[] {
  if (enumeration !== 'hardened') return [];
  return contracts.flatMap(({ name, alwaysDiscloses }) =>
    alwaysDiscloses === undefined || !mounted.includes(name)
      ? []
      : [
          `LATCHKEY_ENUMERATION is hardened, but contract ${name} is documented to tell that an address is taken, and does so at ${alwaysDiscloses}. To hide who has an account, leave ${name} out of LATCHKEY_CONTRACTS.`,
        ],
  );
}

function ofDistantProxy({ host, trustProxy }: Settled): string | undefined {
  // A proxy on this machine may well stand behind others that are trusted, too.
  const isNear = trustProxy.some((network) => isLoopback(network.replace(/\/\d+$/, '')));
  if (trustProxy.length === 0 || isNear || !isLoopback(host)) return undefined;
  return `LATCHKEY_HOST is ${host}, which only this machine reaches, and LATCHKEY_TRUST_PROXY names other machines: they get no answer. Set LATCHKEY_HOST=0.0.0.0, or trust 127.0.0.1.`;
}

function inProduction({ database, messages, publicUrl, trustProxy }: Settled): (string | undefined)[] {
  return [
    messages.smtpUrl === undefined
      ? 'LATCHKEY_SMTP_URL is not set: no mail leaves, and endpoints that send mail answer their service error.'
      : undefined,
    // Latchkey speaks plain HTTP, so that https in front of it is always somebody else's.
    publicUrl.startsWith('https:') && trustProxy.length === 0
      ? 'LATCHKEY_PUBLIC_URL is https and LATCHKEY_TRUST_PROXY is none: all clients behind your proxy look like one address and share its limits.'
      : undefined,
    database.engine === 'postgres' && !isLoopback(database.host)
      ? ofDatabaseTls(database.tls.mode)
      : undefined,
    messages.smsUrl !== undefined && isReadable(messages.smsUrl)
      ? 'LATCHKEY_SMS_URL is http: codes cross the network readable on their way to the gateway.'
      : undefined,
  ];
}

function ofDatabaseTls(mode: PostgresTls['mode']): string | undefined {
  if (mode === 'disable') {
    return 'LATCHKEY_DATABASE_URL has no sslmode: password hashes and addresses cross the network to PostgreSQL readable by anyone on the way.';
  }
  if (mode !== 'allow' && mode !== 'prefer') return undefined;
  return `LATCHKEY_DATABASE_URL has sslmode=${mode}: password hashes and addresses cross the network to PostgreSQL readable wherever the server offers no TLS. Write require, or verify-full.`;
}

function outsideProduction({ environment, host, messages }: Settled): (string | undefined)[] {
  return [
    // With a mail server there is no mailbox to look into.
    isLoopback(host) || messages.smtpUrl !== undefined
      ? undefined
      : `LATCHKEY_HOST is ${host} and LATCHKEY_ENVIRONMENT is ${environment}: others can reach this server, so that /dev/mailbox is not there. Codes and links are in this log.`,
  ];
}

function isReadable(gateway: string): boolean {
  const { protocol, hostname } = new URL(gateway);
  return protocol === 'http:' && !isLoopback(hostname);
}
