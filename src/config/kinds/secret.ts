import type { Kind } from './kind.ts';

/** The same kind, never shown: neither in a message nor in a listing. */
export function secret<T>(kind: Omit<Kind<T>, 'show'>): Kind<T> {
  return { ...kind, show: mask };
}

/** The length is enough to see a cut-off paste, and not enough to help a guess. */
export function mask(text: string): string {
  return `•••• (${text.length === 1 ? '1 character' : `${text.length} characters`})`;
}
