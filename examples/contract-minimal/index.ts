/**
 * The smallest contract that is worth its name: JSON in, an opaque token out. It is outside of Latchkey and knows what
 * `latchkey/contracts` exports and nothing else.
 */
import { type ContractDefinition, jsonBodies } from 'latchkey/contracts';
import { errors } from './errors.ts';
import { login } from './login.ts';
import { createMinimal, type Flow, flows, NAME } from './minimal.ts';
import { settings } from './settings.ts';
import { authenticated, whoami } from './whoami.ts';

export const minimal: ContractDefinition<typeof settings, Flow> = {
  name: NAME,
  settings,
  flows,
  async mounts(context, values) {
    const minimal = createMinimal(context, values);
    return [
      {
        contract: NAME,
        prefixes: ['/login', '/whoami'],
        errors,
        routes: [login(minimal), whoami(minimal)],
        bodies: jsonBodies,
        authenticate: (request) => authenticated(minimal, request),
      },
    ];
  },
};
