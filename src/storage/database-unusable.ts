import { AuthError } from '../core/errors.ts';

const RETRY_AFTER_MS = 1_000;

/**
 * The place that was named holds no database, or none that can be used. To a request it is like every other database
 * that does not answer; to an operator it says what is wrong and how to mend it.
 */
export class DatabaseUnusable extends AuthError {
  /** Names the place by its absolute path. */
  readonly problem: string;
  readonly fix: string;

  constructor(problem: string, fix: string, cause?: unknown) {
    super('storage_unavailable', { retryAfterMs: RETRY_AFTER_MS, reason: `${problem}: ${fix}`, cause });
    this.name = 'DatabaseUnusable';
    this.problem = problem;
    this.fix = fix;
  }
}
