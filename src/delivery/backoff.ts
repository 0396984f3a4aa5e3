import type { Random } from '../core/ports.ts';

export interface BackoffSettings {
  readonly baseMs: number;
  readonly capMs: number;
}

/** The longest pause after so many attempts: doubled each time, up to the cap. */
export function backoffBoundMs(attempts: number, { baseMs, capMs }: BackoffSettings): number {
  return Math.min(capMs, baseMs * 2 ** Math.max(0, attempts - 1));
}

/**
 * The pause before the next attempt: uniform between 1 ms and the bound ("full jitter"), so that the messages
 * that a dead mail server piled up do not all come back in the same instant.
 */
export function backoffMs(attempts: number, settings: BackoffSettings, random: Random): number {
  return 1 + random.int(Math.floor(backoffBoundMs(attempts, settings)));
}
