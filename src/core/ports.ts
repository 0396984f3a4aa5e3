export type { Random } from '../crypto/random.ts';

/** Time, injected so that tests never sleep (decision 9). */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
}

/** Resolves after `ms` milliseconds. Injected, so that tests do not wait. */
export type Pause = (ms: number) => Promise<unknown>;

/** What core may tell an operator. Implemented by pino; `fields` never carry a secret. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
