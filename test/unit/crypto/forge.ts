import { createHmac } from 'node:crypto';

/** A part of a token as text is written as it is, anything else as JSON. */
export const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A token as nobody's library would write it, signed all the same. */
export function forge(
  header: unknown,
  claims: unknown,
  secret: string | Uint8Array,
  hash = 'sha256',
): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

/** The same token with its signature's last character, whose lowest two bits mean nothing, written in other ways. */
export function respelled(token: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) ?? '');
  return [1, 2, 3].map((bits) => `${token.slice(0, -1)}${alphabet[last ^ bits]}`);
}
