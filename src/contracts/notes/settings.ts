import { duration, type Settings } from '../../config/index.ts';

const SECOND_MS = 1_000;

export const settings = {
  accessMs: {
    name: 'LATCHKEY_NOTES_ACCESS_LIFETIME',
    // `valid_for` counts seconds.
    kind: duration({ minMs: SECOND_MS }),
    default: '2h',
    description: 'How long an access token works.',
  },
  refreshMs: {
    name: 'LATCHKEY_NOTES_REFRESH_LIFETIME',
    kind: duration({ minMs: SECOND_MS }),
    default: '30d',
    description: 'How long a refresh token works, counted from the login: clients keep it and use it again.',
  },
  linkMs: {
    name: 'LATCHKEY_NOTES_LINK_LIFETIME',
    kind: duration(),
    default: '24h',
    description: 'How long the link of an activation mail works. It carries 256 bits.',
  },
} as const satisfies Settings;
