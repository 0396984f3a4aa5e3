/** What people say about themselves, as far as it could harm whoever reads it later: logs, terminals, tables. */

/** Controls, line and paragraph separators, and what turns the direction of all that follows. */
const NOT_IN_A_LINE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const NOT_IN_A_TEXT = /[^\P{Cc}\t\n\r]/u;

/** Fit for a name: one line that shows what is in it (SEC-088). */
export const isOneLine = (text: string): boolean => !NOT_IN_A_LINE.test(text);

/** Fit for a text of several lines. */
export const isPlainText = (text: string): boolean => !NOT_IN_A_TEXT.test(text);
