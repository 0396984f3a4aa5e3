/**
 * A text of unknown origin, put on one line of an operator's terminal: no character in it moves the cursor or
 * turns the reading direction, and it comes to an end.
 */
export function printable(text: string, max = 120): string {
  const short = text.length > max ? `${text.slice(0, max)}…` : text;
  return short.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
