import { duration, type Settings } from '../../config/index.ts';

export const settings = {
  accessMs: {
    name: 'LATCHKEY_FABRIC_ACCESS_LIFETIME',
    kind: duration(),
    default: '1h',
    description: 'How long an access token works.',
  },
  refreshMs: {
    name: 'LATCHKEY_FABRIC_REFRESH_LIFETIME',
    kind: duration(),
    default: '24h',
    description: 'How long a refresh token works; each exchange gives a new one.',
  },
  sessionMs: {
    name: 'LATCHKEY_FABRIC_SESSION_LIFETIME',
    kind: duration(),
    default: '90d',
    description: 'When a session ends however often it was refreshed.',
  },
  codeMs: {
    name: 'LATCHKEY_FABRIC_CODE_LIFETIME',
    kind: duration(),
    default: '3m',
    description: 'How long a six-digit code works.',
  },
  linkMs: {
    name: 'LATCHKEY_FABRIC_LINK_LIFETIME',
    kind: duration(),
    default: '1h',
    description: 'How long a link works. It carries 256 bits, so it may outlive a code.',
  },
} as const satisfies Settings;
