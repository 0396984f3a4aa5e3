import { isPlainAddress } from './email-address.ts';

export interface Sender {
  readonly name: string;
  readonly address: string;
}

const NAMED_SENDER = /^([^<>\r\n]*)<([^<>\r\n]*)>$/;

/**
 * Reads `Latchkey <no-reply@example.com>` or a bare address.
 * @throws Error that says how to write it
 */
export function readMailFrom(text: string): Sender {
  const [, name = '', address = text] = NAMED_SENDER.exec(text.trim()) ?? [];
  if (!isPlainAddress(address.trim())) {
    throw new Error('must be one address, as in "Latchkey <no-reply@example.com>" or "no-reply@example.com"');
  }
  return {
    name: unquoted(name.trim()),
    address: address.trim(),
  };
}

/** `"Latchkey, Inc."` is the same name without its quotes: the mailer quotes again what needs it. */
function unquoted(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
}
