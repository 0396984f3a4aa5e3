import { isIP, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { asWritten, InvalidValue, type Kind } from './kind.ts';
import { type ListOptions, list } from './list.ts';

/** A name or address to listen on. */
export function host(): Kind<string> {
  return {
    expects: 'an IP address or a host name, without scheme and port',
    parse(given) {
      if (isIP(given) !== 0 && !given.includes('%')) return given;
      if (/^\[.*\]$/.test(given)) {
        throw new InvalidValue('it is in brackets', 'write the address without them');
      }
      // The last label of a name is never a number, so that 127.1 or 256.0.0.1 is not taken for one.
      const name = /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/i;
      // What URLs refuse as a host, a broken xn-- label on some versions of Node, has no public URL either.
      if (!name.test(given) || !URL.canParse(`http://${given}`)) {
        throw new InvalidValue('it is neither an IP address nor a host name');
      }
      return given;
    },
    show: asWritten,
  };
}

/** Networks in CIDR form; a bare address is a network of one. Values are canonical: `2001:db8::/32`. */
export function cidrs(options: ListOptions = {}): Kind<readonly string[]> {
  return list(cidr(), options);
}

function cidr(): Kind<string> {
  return {
    expects: 'an address or a network such as 10.0.0.0/8 or fd00::/8',
    parse(given) {
      const [address = '', bits, ...rest] = given.split('/');
      const longest = isIPv4(address) ? 32 : 128;
      if (isIP(address) === 0 || address.includes('%') || rest.length > 0) {
        throw new InvalidValue('it is not an address or a network in CIDR form');
      }
      if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= longest)) {
        throw new InvalidValue(`the length after the / is not a number from 0 to ${longest}`);
      }
      return canonical(address, bits === undefined ? longest : Number(bits));
    },
    show: asWritten,
  };
}

function canonical(address: string, bits: number): string {
  const range = `${address}/${bits}`;
  if (isIPv4(address)) {
    const network = ipaddr.IPv4.networkAddressFromCIDR(range).toString();
    refuseHostBits(network, ipaddr.IPv4.parse(address).toString(), bits);
    return `${network}/${bits}`;
  }
  const parsed = ipaddr.IPv6.parse(address);
  // Addresses of clients are compared in IPv4 form, so that this network would never match anything.
  if (parsed.isIPv4MappedAddress()) {
    throw new InvalidValue('it is an IPv4 network in IPv6 clothes', 'write it as IPv4, such as 10.0.0.0/8');
  }
  const network = ipaddr.IPv6.networkAddressFromCIDR(range).toRFC5952String();
  refuseHostBits(network, parsed.toRFC5952String(), bits);
  return `${network}/${bits}`;
}

/** `10.1.2.3/8` is either one machine or sixteen million: ask, before trusting the wrong ones. */
function refuseHostBits(network: string, address: string, bits: number): void {
  if (network === address) return;
  throw new InvalidValue(
    `the address goes on after the first ${bits} bits`,
    `write ${network}/${bits} for the network, or ${address} for the one address`,
  );
}

/** Can only this machine reach it? Said of a host name or address, brackets allowed. */
export function isLoopback(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '');
  if (bare.toLowerCase() === 'localhost') return true;
  return (isIPv4(bare) || isIPv6(bare)) && ipaddr.process(bare).range() === 'loopback';
}

/** `0.0.0.0` or `::`: every address this machine has. */
export function isEveryAddress(name: string): boolean {
  return isIP(name) !== 0 && ipaddr.process(name).range() === 'unspecified';
}
