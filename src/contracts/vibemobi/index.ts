/**
 * The VibeMobi contract: OAuth2 password grant, recovery mail, user management, and a private door for trusted systems.
 * Owns the wire: its paths, bodies, texts and statuses (README.md here says which). Must not know another contract,
 * SQL or SMTP.
 */
import type { FastifyRequest } from 'fastify';
import { rawBodies } from '../../http/index.ts';
import type { Contract } from '../contract.ts';
import { errors } from './errors.ts';
import { resetPages } from './pages/reset-password.ts';
import { authenticated } from './requests.ts';
import { healthCheck } from './routes/health-check.ts';
import { login } from './routes/login.ts';
import { changePassword, deleteMe, patchMe, readMe } from './routes/me.ts';
import { createPrivateUser } from './routes/private-users.ts';
import { requestRecovery } from './routes/request-recovery.ts';
import { resetPassword } from './routes/reset-password.ts';
import { signUp } from './routes/sign-up.ts';
import { testToken } from './routes/test-token.ts';
import { deleteUser, patchUser, readUser } from './routes/user.ts';
import { createUser, listUsers } from './routes/users.ts';
import { settings } from './settings.ts';
import { createVibeMobi, NAME } from './vibemobi.ts';

const endpoints = [
  login,
  testToken,
  requestRecovery,
  resetPassword,
  readMe,
  patchMe,
  changePassword,
  deleteMe,
  signUp,
  listUsers,
  createUser,
  readUser,
  patchUser,
  deleteUser,
  healthCheck,
  createPrivateUser,
];

/** The documented one, and that of the template which its clients were generated from. */
const PREFIXES = ['/v1', '/api/v1'];

export const vibemobi: Contract<typeof settings> = {
  name: NAME,
  settings,
  alwaysDiscloses: 'POST /users/signup and PATCH /users/me',
  hasOperatorRoutes: true,
  async mounts(context, values) {
    const vibemobi = await createVibeMobi(context, values);
    const routes = endpoints.map((endpoint) => endpoint(vibemobi));
    const api = {
      contract: NAME,
      prefixes: PREFIXES,
      errors,
      routes: PREFIXES.flatMap((prefix) =>
        routes.map((route) => ({ ...route, path: `${prefix}${route.path}` })),
      ),
      bodies: rawBodies,
      authenticate: (request: FastifyRequest) => authenticated(vibemobi, request),
    };
    // Where links point to an app of the operator's, nothing should answer in our name.
    return context.appUrl === undefined ? [api, resetPages(vibemobi)] : [api];
  },
};
