import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Client } from '../core/throttle/index.ts';

const UNKNOWN = 'unknown';

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
const DRESSED = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>\d+(?:\.\d+){3}))(?::\d{1,5})?$/;

/** The address alone; undefined for what is none. */
function addressIn(text: string): string | undefined {
  const { v4, v6 } = DRESSED.exec(text)?.groups ?? {};
  const address = v4 ?? v6 ?? text;
  return ipaddr.isValid(address) ? address : undefined;
}

/** The first so many bits of an address, written as an address; one way for each network. */
function networkOf(address: string, bits: { readonly v4: number; readonly v6: number }): string {
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv6) {
    return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${bits.v6}`).toString();
  }
  return ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/${bits.v4}`).toString();
}

/** Whether an address is in one of the networks, which are canonical CIDRs. */
export function isIn(networks: readonly string[]): (address: string) => boolean {
  const ranges = networks.map((network) => ipaddr.parseCIDR(network));
  return (text) => {
    const address = addressIn(text);
    if (address === undefined) return false;
    const parsed = ipaddr.process(address);
    return ranges.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
  };
}

/** Whether the client is in one of the networks, which are canonical CIDRs. */
export function isFrom({ address }: Client, networks: readonly string[]): boolean {
  return isIn(networks)(address);
}

const LONGEST_USER_AGENT = 256;

/** Cuts the header first: it may have up to 32 KiB. */
function userAgentIn({ 'user-agent': header = '' }: FastifyRequest['headers']): Pick<Client, 'userAgent'> {
  const userAgent = header
    .slice(0, LONGEST_USER_AGENT)
    .replace(/\p{Cc}/gu, '')
    .trim();
  return userAgent === '' ? {} : { userAgent };
}

/** Who sent the request: the peer, or behind a trusted proxy the address that the proxy vouches for. */
export function clientOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Client {
  const address = addressIn(ip);
  // A request without an address that can be read is still somebody: all such share one bucket.
  const from =
    address === undefined
      ? { address: UNKNOWN, network: UNKNOWN, subnet: UNKNOWN }
      : {
          address,
          network: networkOf(address, { v4: 32, v6: 64 }),
          subnet: networkOf(address, { v4: 24, v6: 48 }),
        };
  return { ...from, ...userAgentIn(headers) };
}
