import { InvalidArgumentError } from 'commander';
import { duration } from '../config/kinds/time.ts';

/** ISO 8601. A date alone means its midnight in UTC. */
const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** Reads `24h` (before now) or `2026-11-28T09:00:00Z`. The result takes now and returns the instant, in epoch milliseconds. */
export function since(text: string): (now: number) => number {
  const instant = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instant)) return () => instant;
  try {
    const ms = duration().parse(text);
    return (now) => now - ms;
  } catch {
    throw new InvalidArgumentError(
      'It is neither a duration, such as 24h or 7d, nor a date, such as 2026-11-28, nor an instant, such as 2026-11-28T09:00Z.',
    );
  }
}
