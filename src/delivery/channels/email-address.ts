/** RFC 5321 section 4.5.3.1.3: 256 octets for a path, its two angle brackets included. */
const MAX_ADDRESS_LENGTH = 254;

/** No white space of any script, no control or format character (CR, LF, U+2028, bidi), no RFC 5322 special. */
const ATOM = String.raw`[^\p{Z}\p{C}"(),:;<>@[\\\]]+`;
const PLAIN_ADDRESS = new RegExp(`^${ATOM}@${ATOM}$`, 'u');

/**
 * Whether the text is one mailbox in its plain form, `local@domain`, and nothing that any parser on the way
 * could read as a list, a group, a comment, a quoted string or a second header line (SEC-072). Stricter than
 * RFC 5322 on purpose: nobody's real address is lost, and the quoted forms are where mailers disagree
 * (CVE-2025-13033).
 */
export function isPlainAddress(text: string): boolean {
  // Length first: what is left to match is then too short to be slow.
  return text.length <= MAX_ADDRESS_LENGTH && PLAIN_ADDRESS.test(text);
}
