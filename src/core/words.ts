/** Numbers in sentences, for messages, pages, logs and commands. */
const MINUTE_MS = 60_000;

/**
 * What passes between the making of a code and its sending, forgiven: without it every three-minute code would
 * be announced as two, a blink after it was made.
 */
const TOLERANCE_MS = 5_000;

/** `1 code`, `2 codes`. @param several the plural, where it is more than an s */
export function counted(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}

/** How long a code or link still works, in words, rounded down. */
export function validFor(remainingMs: number): string {
  const minutes = Math.floor((remainingMs + TOLERANCE_MS) / MINUTE_MS);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}
