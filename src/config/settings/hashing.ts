import { availableParallelism } from 'node:os';
import { integer } from '../kinds/number.ts';
import { duration } from '../kinds/time.ts';
import type { Settings } from '../setting.ts';

/** The pool that hashes passwords, the one thing here that is slow on purpose. */
export const hashing = {
  workers: {
    name: 'LATCHKEY_HASH_WORKERS',
    kind: integer({ min: 1, max: 1_024 }),
    default: {
      inWords: 'number of cores ÷ LATCHKEY_WORKERS',
      from: (textOf) => String(Math.ceil(availableParallelism() / Number(textOf('LATCHKEY_WORKERS')))),
    },
    description: 'How many passwords each process hashes at a time.',
  },
  queueBudgetMs: {
    name: 'LATCHKEY_HASH_QUEUE_BUDGET',
    kind: duration({ minMs: 50, maxMs: 60_000 }),
    default: '2s',
    description:
      'How long a password may wait for its turn. What would wait longer is refused at once, with Retry-After.',
  },
} satisfies Settings;
