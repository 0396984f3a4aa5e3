/**
 * The Fabric contract: one-time codes and links, passwordless sign-in, JWT access and refresh. Owns the wire: its
 * paths, bodies, texts and statuses (README.md here says which). Must not know another contract, SQL or SMTP.
 */
import type { FastifyRequest } from 'fastify';
import { jsonBodies } from '../../http/index.ts';
import type { ContractDefinition } from '../contract.ts';
import { errors } from './errors.ts';
import { createFabric, type Flow, flows, NAME } from './fabric.ts';
import { linkPages } from './pages/index.ts';
import { authenticated } from './requests.ts';
import { changePassword } from './routes/change-password.ts';
import { confirmEmailChange } from './routes/confirm-email-change.ts';
import { confirmRecovery } from './routes/confirm-recovery.ts';
import { confirmSignIn } from './routes/confirm-sign-in.ts';
import { confirmSignUp } from './routes/confirm-sign-up.ts';
import { health } from './routes/health.ts';
import { login } from './routes/login.ts';
import { patchMe, readMe } from './routes/me.ts';
import { refresh } from './routes/refresh.ts';
import { requestEmailChange } from './routes/request-email-change.ts';
import { requestRecovery } from './routes/request-recovery.ts';
import { requestSignIn } from './routes/request-sign-in.ts';
import { resendSignUp } from './routes/resend-sign-up.ts';
import { signUp } from './routes/sign-up.ts';
import { settings } from './settings.ts';

const endpoints = [
  signUp,
  resendSignUp,
  confirmSignUp,
  login,
  refresh,
  readMe,
  patchMe,
  requestSignIn,
  confirmSignIn,
  requestRecovery,
  confirmRecovery,
  changePassword,
  requestEmailChange,
  confirmEmailChange,
  health,
];

export const fabric: ContractDefinition<typeof settings, Flow> = {
  name: NAME,
  settings,
  flows,
  async mounts(context, values) {
    const fabric = await createFabric(context, values);
    const api = {
      contract: NAME,
      prefixes: ['/api/v1/auth', '/api/v1/me', '/health'],
      errors,
      routes: endpoints.map((endpoint) => endpoint(fabric)),
      bodies: jsonBodies,
      authenticate: (request: FastifyRequest) => authenticated(fabric, request),
    };
    // Where links point to an app of the operator's, nothing should answer in our name.
    return context.appUrl === undefined ? [api, linkPages(fabric)] : [api];
  },
  async signUpMessages(context, values) {
    const { auth, links } = await createFabric(context, values);
    return { contract: auth.contract, forms: ['link', 'code'], link: (to) => links('signup', to) };
  },
};
