import { cidrs } from '../kinds/network.ts';
import { privateKeys } from '../kinds/private-keys.ts';
import { choice } from '../kinds/text.ts';
import type { Settings, Values } from '../setting.ts';

/** The endpoints for trusted systems. */
export const privateDoor = {
  auth: {
    name: 'LATCHKEY_PRIVATE_AUTH',
    kind: choice('token', 'open'),
    default: 'token',
    description:
      "token asks for a key below or a superuser's access token. open asks for nothing, and is refused in production or where anything but this machine can reach the server.",
  },
  keys: {
    name: 'LATCHKEY_PRIVATE_KEYS',
    kind: privateKeys(),
    default: 'none',
    description: 'The keys of trusted systems. The name of the one that was used stands in the audit trail.',
    example: 'billing:<key>,crm:<key>',
  },
  networks: {
    name: 'LATCHKEY_PRIVATE_NETWORKS',
    kind: cidrs(),
    default: '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7',
    description:
      'The networks that these endpoints answer to. Being there is not enough: the key is needed, too.',
  },
} satisfies Settings;

export type PrivateDoor = Values<typeof privateDoor>;
