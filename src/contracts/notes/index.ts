/**
 * The Notes contract: forms in, opaque tokens out, activation by mail. Owns the wire: its paths, fields, texts and
 * statuses (README.md here says which). Must not know another contract, SQL or SMTP.
 */
import type { FastifyRequest } from 'fastify';
import { formBodies } from '../../http/index.ts';
import type { ContractDefinition } from '../contract.ts';
import { errors } from './errors.ts';
import { createNotes, type Flow, flows, NAME, signUpLink } from './notes.ts';
import { authenticated } from './requests.ts';
import { current } from './routes/current.ts';
import { login } from './routes/login.ts';
import { refresh } from './routes/refresh.ts';
import { signup } from './routes/signup.ts';
import { readVerify, verify } from './routes/verify.ts';
import { settings } from './settings.ts';

const bases = ['/auth', '/api/auth'];
const endpoints = [login, refresh, signup, current];

export const notes: ContractDefinition<typeof settings, Flow> = {
  name: NAME,
  settings,
  flows,
  async mounts(context, values) {
    const notes = createNotes(context, values);
    const api = bases.flatMap((base) => endpoints.map((endpoint) => endpoint(notes, base)));
    const mount = {
      contract: NAME,
      prefixes: [...bases, '/verify'],
      errors,
      routes: [...api, readVerify(notes), verify(notes)],
      bodies: formBodies,
      authenticate: (request: FastifyRequest) => authenticated(notes, request),
    };
    return [mount];
  },
  async signUpMessages(context, values) {
    const notes = createNotes(context, values);
    return { contract: notes.auth.contract, forms: ['link'], link: () => signUpLink(notes) };
  },
};
