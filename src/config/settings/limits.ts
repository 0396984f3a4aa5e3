import { flag } from '../kinds/text.ts';
import { rate } from '../kinds/time.ts';
import type { Settings } from '../setting.ts';

/** Limits by time. What a contract states itself stands among its own settings. */
export const limits = {
  enabled: {
    name: 'LATCHKEY_RATE_LIMITS',
    kind: flag(),
    default: 'on',
    description:
      'off ends throttling by time, for load tests; lockout and the tries of a code stay. Refused in production.',
  },
  signIn: {
    name: 'LATCHKEY_SIGN_IN_LIMIT',
    kind: rate(),
    default: '10/1m',
    description: 'Sign-ins for one identifier from one address.',
  },
  signInPerAddress: {
    name: 'LATCHKEY_SIGN_IN_ADDRESS_LIMIT',
    kind: rate(),
    default: '60/1m',
    description: 'Sign-ins from one address.',
  },
  message: {
    name: 'LATCHKEY_MESSAGE_LIMIT',
    kind: rate(),
    default: '3/30s',
    description: 'Requests that send a message, for one identifier and purpose from one address.',
  },
  messagePerAddress: {
    name: 'LATCHKEY_MESSAGE_ADDRESS_LIMIT',
    kind: rate(),
    default: '60/1m',
    description: 'Requests that send a message, from one address.',
  },
  sms: {
    name: 'LATCHKEY_SMS_LIMIT',
    kind: rate(),
    default: '20/1h',
    description: 'Requests for an SMS from one client network (IPv4 /24, IPv6 /48).',
  },
  confirm: {
    name: 'LATCHKEY_CONFIRM_LIMIT',
    kind: rate(),
    default: '10/1m',
    description: 'Confirmations for one identifier and purpose from one address.',
  },
  confirmPerAddress: {
    name: 'LATCHKEY_CONFIRM_ADDRESS_LIMIT',
    kind: rate(),
    default: '60/1m',
    description: 'Confirmations from one address.',
  },
  profile: {
    name: 'LATCHKEY_PROFILE_LIMIT',
    kind: rate(),
    default: '30/1m',
    description: 'Changes of one profile from one address.',
  },
  profilePerAddress: {
    name: 'LATCHKEY_PROFILE_ADDRESS_LIMIT',
    kind: rate(),
    default: '300/1m',
    description: 'Changes of profiles from one address.',
  },
  privatePerAddress: {
    name: 'LATCHKEY_PRIVATE_ADDRESS_LIMIT',
    kind: rate(),
    default: '1200/1m',
    description: "Requests of trusted systems, and superusers' changes of accounts, from one address.",
  },
  refreshPerAddress: {
    name: 'LATCHKEY_REFRESH_ADDRESS_LIMIT',
    kind: rate(),
    default: '150/5m',
    description: 'Refreshes from one address.',
  },
} satisfies Settings;
