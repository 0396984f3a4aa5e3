const MINUTE_MS = 60_000;

/**
 * What passes between the making of a code and its sending, forgiven: without it every three-minute code would
 * be announced as two, a blink after it was made.
 */
const TOLERANCE_MS = 5_000;

/** How long a code or link still works, in words, rounded down. */
export function validFor(remainingMs: number): string {
  const minutes = Math.floor((remainingMs + TOLERANCE_MS) / MINUTE_MS);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return plural(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? plural(hours, 'hour') : plural(Math.floor(hours / 24), 'day');
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
