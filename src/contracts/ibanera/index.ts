/**
 * The Ibanera contract: password and TOTP at the login, both headers on each request, one envelope for every answer.
 * Owns the wire: its paths, bodies, codes and statuses (README.md here says which). Must not know another contract,
 * SQL or SMTP.
 */
import { jsonBodies } from '../../http/index.ts';
import type { ContractDefinition } from '../contract.ts';
import { errors } from './errors.ts';
import { createIbanera, type Flow, flows, NAME } from './ibanera.ts';
import { authenticated } from './requests.ts';
import { login } from './routes/login.ts';
import { logout } from './routes/logout.ts';
import { me } from './routes/me.ts';
import { refresh } from './routes/refresh.ts';
import { settings } from './settings.ts';

const endpoints = [login, refresh, me, logout];

/** `application/json`, `application/json-patch+json` and every other JSON there is, and what older clients send. */
const JSON_TYPES = [/^application\/(?:[!#$&^_.+\w-]+\+)?json\s*(?:;|$)/i, /^text\/json\s*(?:;|$)/i];

export const ibanera: ContractDefinition<typeof settings, Flow> = {
  name: NAME,
  settings,
  flows,
  async mounts(context, values) {
    const ibanera = await createIbanera(context, values);
    return [
      {
        contract: NAME,
        prefixes: ['/api/v1/public/auth', '/api/v1/private/auth'],
        errors,
        routes: endpoints.map((endpoint) => endpoint(ibanera)),
        bodies: (scope) => jsonBodies(scope, JSON_TYPES),
        authenticate: (request) => authenticated(ibanera, request),
      },
    ];
  },
};
