import { asWritten, InvalidValue, type Kind } from './kind.ts';

const ADDRESS = /^[^\p{Z}\p{C}@<>()[\],;:\\"]{1,64}@[\p{L}\d](?:[\p{L}\d.-]{0,251}[\p{L}\d])?$/u;
const QUOTED = /^"(?:[^"\\<>]|\\["\\])*"$/;
const PLAIN = /^[^"<>()[\],;:\\@]*$/;

/** One sender: `no-reply@example.com` or `Example <no-reply@example.com>`. */
export function mailbox(): Kind<string> {
  return {
    expects: 'one address, such as no-reply@example.com or Example <no-reply@example.com>',
    parse(given) {
      // A line break in a sender adds headers to every mail.
      if (/\p{Cc}/u.test(given)) {
        throw new InvalidValue('it contains a line break or another control character');
      }
      const { name, address } = split(given);
      if (!ADDRESS.test(address)) throw new InvalidValue('it is not one e-mail address');
      if (!PLAIN.test(name) && !QUOTED.test(name)) {
        throw new InvalidValue(
          'the name needs quotes around it',
          'write "Example, Inc." <no-reply@example.com>',
        );
      }
      return given;
    },
    show: asWritten,
  };
}

/** A sender's name as it is written before the address: in quotes where it would be read as syntax. */
export function displayName(name: string): string {
  // Readers look for the address between angle brackets, some of them inside quotes, too.
  const bare = name.replaceAll(/[<>]/g, '');
  return PLAIN.test(bare) ? bare : `"${bare.replaceAll(/["\\]/g, '\\$&')}"`;
}

function split(given: string): { name: string; address: string } {
  const start = given.lastIndexOf('<');
  if (start < 0 || !given.endsWith('>')) return { name: '', address: given };
  return { name: given.slice(0, start).trim(), address: given.slice(start + 1, -1) };
}
