import { duration, type Settings } from '../../config/index.ts';

export const settings = {
  accessMs: {
    name: 'LATCHKEY_IBANERA_ACCESS_LIFETIME',
    kind: duration(),
    default: '1h',
    description: 'How long an access token works.',
  },
  refreshMs: {
    name: 'LATCHKEY_IBANERA_REFRESH_LIFETIME',
    kind: duration(),
    default: '24h',
    description: 'How long a refresh token works; each exchange gives a new one.',
  },
  sessionMs: {
    name: 'LATCHKEY_IBANERA_SESSION_LIFETIME',
    kind: duration(),
    default: '90d',
    description: 'When a session ends however often it was refreshed.',
  },
} as const satisfies Settings;
