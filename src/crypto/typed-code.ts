/** UTF-16 code units that are read; a longer text is no code. */
const LONGEST_TYPED = 64;

/**
 * White space, dashes (minus signs too) and invisible characters: people type them between digits, and they come with
 * what is copied from a message.
 */
const SEPARATORS = /[\s\p{Pd}\u2212\p{Default_Ignorable_Code_Point}]/gu;
const OTHER_DIGITS = /(?![0-9])\p{Nd}/gu;
const DIGIT = /\p{Nd}/u;

/** Unicode keeps the decimal digits of a script together, in the order of their values, in runs of ten. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(point - before - 1))) before += 1;
  return String(before % 10);
}

/**
 * A one-time code as it was meant: without separators, and with the decimal digits of every script as ASCII. Applied
 * before a code is counted, compared or told from the token of a link. What is too long comes back as it was.
 */
export function canonicalCode(typed: string): string {
  if (typed.length > LONGEST_TYPED) return typed;
  return typed.replace(SEPARATORS, '').replace(OTHER_DIGITS, asciiDigit);
}

const SIX_DIGITS = /^[0-9]{6}$/;

/** Whether a text is six digits, however they were typed. */
export const isSixDigits = (typed: string): boolean =>
  typed.length <= LONGEST_TYPED && SIX_DIGITS.test(canonicalCode(typed));
