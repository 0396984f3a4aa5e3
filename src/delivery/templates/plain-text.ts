import type { Letter } from './letter.ts';

/** The letter for mail readers without HTML: one thought a line, the code and the link each on a line of its own. */
export function plainText({
  heading,
  paragraphs,
  code,
  link,
  validity,
  notYou,
  productName,
}: Letter): string {
  return [heading, ...paragraphs, code, link?.url, validity, notYou, productName]
    .filter((part) => part !== undefined)
    .join('\n\n');
}
