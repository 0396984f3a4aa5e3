import { integer } from '../kinds/number.ts';
import { orWord } from '../kinds/optional.ts';
import { duration } from '../kinds/time.ts';
import type { Settings } from '../setting.ts';

/** How long things last that every contract shares. */
export const lifetimes = {
  pendingMs: {
    name: 'LATCHKEY_PENDING_LIFETIME',
    kind: duration({ minMs: 60_000 }),
    default: '24h',
    description: 'How long a sign-up waits for its confirmation before it is forgotten.',
  },
  undoMs: {
    name: 'LATCHKEY_ADDRESS_UNDO_LIFETIME',
    kind: duration({ minMs: 3_600_000 }),
    default: '7d',
    description:
      'How long the link in the notice to a former e-mail address undoes the change and sets a new password.',
  },
  auditMs: {
    name: 'LATCHKEY_AUDIT_RETENTION',
    kind: orWord('forever', duration({ minMs: 86_400_000 })),
    default: '400d',
    description: 'How long audit events are kept.',
  },
  refreshGraceMs: {
    name: 'LATCHKEY_REFRESH_GRACE',
    kind: duration({ minMs: 0, maxMs: 600_000 }),
    default: '30s',
    description:
      'How long a repeated refresh gets the same successor again, so that a lost answer signs nobody out. A later repeat ends the session.',
  },
} satisfies Settings;

/** Wrong passwords, counted through all doors together. */
export const lockout = {
  failures: {
    name: 'LATCHKEY_LOCKOUT_FAILURES',
    kind: integer({ min: 1, max: 1_000 }),
    default: '5',
    description: 'Wrong passwords in a row that lock password sign-in.',
  },
  durationMs: {
    name: 'LATCHKEY_LOCKOUT_DURATION',
    kind: duration({ minMs: 1_000 }),
    default: '10m',
    description: 'How long the lock lasts.',
  },
  disableAfter: {
    name: 'LATCHKEY_LOCKOUT_DISABLE_AFTER',
    kind: integer({ min: 1, max: 1_000_000 }),
    default: '100',
    description:
      'Wrong passwords without a right one between them that switch password sign-in off until a reset.',
  },
} satisfies Settings;

/** One-time codes and the messages that carry them, counted for each identifier. */
export const codes = {
  tries: {
    name: 'LATCHKEY_CODE_TRIES',
    kind: integer({ min: 1, max: 10 }),
    default: '5',
    description: 'Wrong tries that make one code worthless.',
  },
  wrongPerHour: {
    name: 'LATCHKEY_WRONG_CODES_PER_HOUR',
    kind: integer({ min: 1, max: 1_000 }),
    default: '10',
    description:
      'Wrong codes in an hour for one identifier, over all purposes and contracts, that a new code does not reset. They count only while a code is outstanding. One client network (IPv4 /24, IPv6 /48) can use up half of them.',
  },
  wrongPerDay: {
    name: 'LATCHKEY_WRONG_CODES_PER_DAY',
    kind: integer({ min: 1, max: 10_000 }),
    default: '30',
    description: 'The same for a day.',
  },
  messagesPerHour: {
    name: 'LATCHKEY_MESSAGES_PER_HOUR',
    kind: integer({ min: 1, max: 1_000 }),
    default: '10',
    description:
      'Messages in an hour to one identifier, and as many recovery links beside them. One client network (IPv4 /24, IPv6 /48) can ask for a third of each.',
  },
} satisfies Settings;
