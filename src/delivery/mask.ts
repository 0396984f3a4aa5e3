/** As much of an answer as helps an operator; also what keeps the patterns below fast on hostile input. */
const MAX_REASON_LENGTH = 300;

/** `a***@example.com`, `+4917***12`: enough to recognise one's own complaint, not enough to write to (SEC-087). */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  if (at > 0) return `${[...address][0]}***${address.slice(at)}`;
  if (/^\+\d{8,}$/.test(address)) return `${address.slice(0, 5)}***${address.slice(-2)}`;
  return '***';
}

/**
 * What another system answered, fit for a log. Mail servers and gateways quote the recipient, and spam filters
 * the body: addresses are masked, links and long runs of digits (codes, phone numbers) dropped, and it is one line.
 */
export function scrub(answer: string): string {
  return answer
    .slice(0, MAX_REASON_LENGTH)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, '(link)')
    .replace(/[^\s@<>()[\]",:;]+@[^\s@<>()[\]",:;]+/g, maskAddress)
    .replace(/\+?\d{6,}/g, '(digits)')
    .trim();
}
