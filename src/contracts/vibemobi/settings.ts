import { duration, type Settings } from '../../config/index.ts';

export const settings = {
  accessMs: {
    name: 'LATCHKEY_VIBEMOBI_ACCESS_LIFETIME',
    kind: duration(),
    default: '8d',
    description: 'How long an access token works, and with it the session: this contract knows no refresh.',
  },
  recoveryMs: {
    name: 'LATCHKEY_VIBEMOBI_RECOVERY_LIFETIME',
    kind: duration(),
    default: '1h',
    description: 'How long the link of a recovery mail works.',
  },
} as const satisfies Settings;
