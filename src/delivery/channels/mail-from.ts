import { domainToASCII } from 'node:url';
import { isPlainAddress } from './email-address.ts';

export interface Sender {
  readonly name: string;
  /** Its domain in ASCII, as DNS has it: the Message-ID repeats it, and no mailer encodes that (RFC 5322 §3.6.4). */
  readonly address: string;
}

const NAMED_SENDER = /^([^<>\r\n]*)<([^<>\r\n]*)>$/;

/**
 * Reads `Latchkey <no-reply@example.com>` or a bare address.
 * @throws Error that says how to write it
 */
export function readMailFrom(text: string): Sender {
  const [, name = '', address = text] = NAMED_SENDER.exec(text.trim()) ?? [];
  const [local = '', domain = ''] = address.trim().split('@');
  const inAscii = domainToASCII(domain);
  if (!isPlainAddress(address.trim()) || inAscii === '') {
    throw new Error('must be one address, as in "Latchkey <no-reply@example.com>" or "no-reply@example.com"');
  }
  return {
    name: unquoted(name.trim()),
    address: `${local}@${inAscii}`,
  };
}

/** `"Latchkey, Inc."` is the same name without its quotes: the mailer quotes again what needs it. */
function unquoted(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
}
