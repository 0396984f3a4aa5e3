import { duration, type Settings } from 'latchkey/contracts';

export const settings = {
  accessMs: {
    name: 'LATCHKEY_MINIMAL_ACCESS_LIFETIME',
    kind: duration(),
    default: '1h',
    description: 'How long a token works.',
  },
} as const satisfies Settings;
