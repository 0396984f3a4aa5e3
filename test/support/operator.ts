import type { Actor } from '../../src/core/audit/index.ts';

/** An operator at the command line, for tests that act on accounts. */
export const operator: Actor = { door: 'cli', by: 'cli:tests' };
