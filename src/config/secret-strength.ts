/** Stands in our documentation where a secret belongs. Refused by its own words. */
export const EXAMPLE_SECRET = 'replace-this-with-the-output-of-openssl-rand-base64-48';

/** Words of placeholders and tutorials, compared without case and punctuation. No random text holds one. */
const PLACEHOLDERS = [
  'changeme',
  'changethis',
  'replaceme',
  'replacethis',
  'replacewith',
  'placeholder',
  'yoursecret',
  'mysecret',
  'supersecret',
  'secretkey',
  'insecure',
  'example',
  'password',
  'keyboardcat',
  'loremipsum',
  'correcthorse',
  '123456789',
  'abcdefghijkl',
  'qwertyuiop',
  // The default secret of the JWT debugger, and the key printed in RFC 7515, appendix A.1.
  'astringsecretatleast256bitslong',
  'aym1sysppbydfgzld3umj1qzkobwvmkoqqestjqlr',
];

const FEWEST_DISTINCT = 8;

/** Why a secret is no secret, as the end of a sentence that begins with it; undefined if nothing speaks against it. */
export function weaknessOf(secret: string): string | undefined {
  const bare = secret.toLowerCase().replaceAll(/[^a-z\d]/g, '');
  if (PLACEHOLDERS.some((placeholder) => bare.includes(placeholder))) {
    return 'is a well-known placeholder or part of one';
  }
  if (new Set(secret).size < FEWEST_DISTINCT) return `has fewer than ${FEWEST_DISTINCT} different characters`;
  if (repeats(secret)) return 'is a shorter text, repeated';
  return undefined;
}

/** A text is a repetition exactly if it is found inside its double before the end. */
function repeats(text: string): boolean {
  return `${text}${text}`.indexOf(text, 1) < text.length;
}
