import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Client } from '../core/throttle/index.ts';

const IPV6_NETWORK_BITS = 64;

/** What limits count: an IPv4 address, or the /64 of an IPv6 address, all of which has one owner (SEC-078). */
function networkOf(address: string): string {
  // A request without an address that can be read is still somebody: all such share one bucket.
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${IPV6_NETWORK_BITS}`).toString();
}

/** Whether the client is in one of the networks, which are canonical CIDRs. */
export function isFrom({ address }: Client, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return networks
    .map((network) => ipaddr.parseCIDR(network))
    .some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits));
}

/** Who sent the request: the peer, or behind a trusted proxy the address that the proxy vouches for. */
export function clientOf({ ip }: FastifyRequest): Client {
  return { address: ip, network: networkOf(ip) };
}
