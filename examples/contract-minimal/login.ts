import { AnswerError, clientOf, parseLogin, type Route } from 'latchkey/contracts';
import type { Minimal } from './minimal.ts';

/** @throws AnswerError 400 unless every name stands for a text that is not empty */
function readTexts<Name extends string>(body: unknown, names: readonly Name[]): Record<Name, string> {
  const given = new Map(Object.entries(body ?? {}));
  const texts = names.map((name) => [name, given.get(name)] as const);
  if (texts.every(([, value]) => typeof value === 'string' && value !== '')) {
    return Object.fromEntries(texts) as Record<Name, string>;
  }
  throw new AnswerError({ status: 400, body: { error: `${names.join(' and ')} must be texts` } });
}

export const login = ({ auth, throttle }: Minimal): Route => ({
  method: 'POST',
  path: '/login',
  async handle(request) {
    const address = await throttle.permitAddress('sign_in', clientOf(request));
    const { username, password } = readTexts(request.body, ['username', 'password']);
    const permit = await throttle.permitIdentifier(address, { purpose: 'sign_in', identifier: username });
    const { access } = await auth.signIn({ permit, identifier: parseLogin(username), password });
    return { token: access };
  },
});
