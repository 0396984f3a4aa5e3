import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { AuthError } from '../../../core/errors.ts';
import { type Answer, clientOf, formBodies, type Mount, send } from '../../../http/index.ts';
import { newPasswordComplaint, newPasswordInputs, page, pageErrors } from '../../../pages/index.ts';
import { RESET_PATH } from '../links.ts';
import { NAME, type VibeMobi } from '../vibemobi.ts';

type Fields = Readonly<Record<string, unknown>>;

const textOf = (fields: Fields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};

/**
 * Where the link of a recovery mail leads when the operator has no app. Looking at it consumes nothing, since mail
 * scanners follow links: its button does.
 */
export function resetPages({ auth, door, throttle, productName }: VibeMobi): Mount {
  function form(token: string, complaint?: string): Answer {
    if (token === '') throw new AuthError('code_invalid');
    const content = html`<p>You will be signed out everywhere and can sign in with the new one.</p>
!${complaint === undefined ? '' : html`<p class="wrong" role="alert">${complaint}</p>`}
<form method="post" action="${RESET_PATH}">
<input type="hidden" name="token" value="${token}">
!${newPasswordInputs}
<button>Set password</button>
</form>`;
    const status = complaint === undefined ? 200 : 400;
    return page({ status, productName, title: 'Choose a new password', content });
  }

  async function reset(request: FastifyRequest): Promise<Answer> {
    const permit = await throttle.permitAddress('confirm', clientOf(request));
    const fields = (request.body ?? {}) as Fields;
    const token = textOf(fields, 'token');
    const newPassword = textOf(fields, 'new_password');
    try {
      if (newPassword !== textOf(fields, 'confirm_password')) throw new AuthError('password_incorrect');
      await auth.confirmRecovery({ door, permit, code: token, newPassword });
    } catch (error) {
      const complaint = error instanceof AuthError ? newPasswordComplaint(error) : undefined;
      if (complaint === undefined) throw error;
      return form(token, complaint);
    }
    const content = html`<p>Your new password is set, and you are signed out everywhere. Go back and sign in.</p>
<p class="faint">You can close this page.</p>`;
    return page({ productName, title: 'Password changed', content });
  }

  return {
    contract: NAME,
    prefixes: [RESET_PATH],
    errors: pageErrors(productName),
    bodies: formBodies,
    routes: [
      {
        method: 'GET',
        path: RESET_PATH,
        async handle(request, reply) {
          await throttle.permitAddress('confirm', clientOf(request));
          return send(reply, form(textOf((request.query ?? {}) as Fields, 'token')));
        },
      },
      {
        method: 'POST',
        path: RESET_PATH,
        handle: async (request, reply) => send(reply, await reset(request)),
      },
    ],
  };
}
