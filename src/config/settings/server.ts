import { list } from '../kinds/list.ts';
import { cidrs, host, isEveryAddress } from '../kinds/network.ts';
import { integer, port } from '../kinds/number.ts';
import { orWord } from '../kinds/optional.ts';
import { choice, text } from '../kinds/text.ts';
import { baseUrl, origin } from '../kinds/url.ts';
import type { Settings } from '../setting.ts';

/** Where Latchkey listens, and how it is reached from outside. */
export const server = {
  environment: {
    name: 'LATCHKEY_ENVIRONMENT',
    kind: choice('development', 'test', 'production'),
    default: 'development',
    description:
      'What this process is for. Production demands a secret and a public URL and shows no local mailbox.',
  },
  host: {
    name: 'LATCHKEY_HOST',
    kind: host(),
    default: '127.0.0.1',
    description: 'The address to listen on: 0.0.0.0 for all IPv4 addresses, :: for all of both kinds.',
  },
  port: {
    name: 'LATCHKEY_PORT',
    kind: port({ orAnyFree: true }),
    default: '8000',
    description: 'The port to listen on. In the test environment 0 takes any free one.',
  },
  publicUrl: {
    name: 'LATCHKEY_PUBLIC_URL',
    kind: baseUrl(),
    default: {
      inWords: 'http://<host>:<port>',
      from: (textOf) => localUrl(textOf('LATCHKEY_HOST'), textOf('LATCHKEY_PORT')),
    },
    description:
      'Where clients reach Latchkey; links in messages begin with it, whatever a request calls the server. JWTs name it as their issuer: when it changes, every signed token is worth nothing. Required in production, and https there unless it is this machine.',
    example: 'https://auth.example.com',
  },
  appUrl: {
    name: 'LATCHKEY_APP_URL',
    kind: baseUrl(),
    description:
      "Your application, if links in messages are to open it. Otherwise they open Latchkey's own pages.",
    example: 'https://app.example.com',
  },
  productName: {
    name: 'LATCHKEY_PRODUCT_NAME',
    kind: text({ max: 60 }),
    default: 'Latchkey',
    description: 'The name that people see in messages and on pages.',
  },
  trustProxy: {
    name: 'LATCHKEY_TRUST_PROXY',
    kind: cidrs({ none: 'none' }),
    default: 'none',
    description:
      'The reverse proxies whose X-Forwarded-For is believed. Limits by address count the right-most address that is not one of them.',
    example: '10.0.0.0/8',
  },
  corsOrigins: {
    name: 'LATCHKEY_CORS_ORIGINS',
    kind: list(origin(), { none: 'none' }),
    default: 'none',
    description:
      'The origins whose pages may call Latchkey from a browser or an app, such as https://app.example.com or capacitor://localhost. They are compared whole.',
    example: 'https://app.example.com,http://localhost:5173',
  },
  workers: {
    name: 'LATCHKEY_WORKERS',
    kind: integer({ min: 1, max: 256 }),
    default: '1',
    description:
      'How many processes serve requests on this machine, together. One is enough for most: password hashing uses every core in any case.',
  },
  metricsPort: {
    name: 'LATCHKEY_METRICS_PORT',
    kind: orWord('off', port()),
    default: 'off',
    description: 'A second port for Prometheus, at /metrics, kept apart so that it need not be public.',
    example: '9100',
  },
  metricsHost: {
    name: 'LATCHKEY_METRICS_HOST',
    kind: host(),
    default: '127.0.0.1',
    description:
      'The address that LATCHKEY_METRICS_PORT listens on: this machine only, unless Prometheus runs on another one. Metrics ask for no password.',
    example: '10.0.0.5',
  },
  logLevel: {
    name: 'LATCHKEY_LOG_LEVEL',
    kind: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    description: 'The least important log line that is written.',
  },
} satisfies Settings;

function localUrl(name: string, portText: string): string {
  // Nobody can open http://0.0.0.0 everywhere; localhost is reached by it.
  if (isEveryAddress(name)) return `http://localhost:${portText}`;
  return `http://${name.includes(':') ? `[${name}]` : name}:${portText}`;
}
