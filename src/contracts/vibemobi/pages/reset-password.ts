import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { AuthError, type AuthErrorCode } from '../../../core/errors.ts';
import { type Answer, clientOf, formBodies, type Mount, send } from '../../../http/index.ts';
import {
  newPasswordComplaint,
  newPasswordInputs,
  page,
  pageErrors,
  SAME_PAGE,
  wayOn,
} from '../../../pages/index.ts';
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
export function resetPages(vibemobi: VibeMobi): Mount<AuthErrorCode> {
  const { auth, throttle, productName } = vibemobi;

  function form(token: string, complaint?: string): Answer {
    const content = html`<p>You will be signed out everywhere and can sign in with the new one.</p>
!${complaint === undefined ? '' : html`<p class="wrong" role="alert">${complaint}</p>`}
<form method="post" action="${SAME_PAGE}">
<input type="hidden" name="token" value="${token}">
!${newPasswordInputs}
<button>Set password</button>
</form>`;
    const status = complaint === undefined ? 200 : 400;
    return page({ status, productName, title: 'Choose a new password', content });
  }

  /** Looks, and consumes nothing. A link that works no more says so before anything is typed. */
  async function show(request: FastifyRequest): Promise<Answer> {
    const permit = await throttle.permitAddress('confirm', clientOf(request));
    const token = textOf((request.query ?? {}) as Fields, 'token');
    const state = await auth.readLink({ permit, purpose: 'password_recovery', token });
    if (state === 'spent') return usedBefore();
    if (state === 'dead') throw new AuthError('code_invalid');
    return form(token);
  }

  const usedBefore = () =>
    page({
      productName,
      title: 'Password changed',
      content: wayOn(
        vibemobi,
        'A new password was set with this link. Go back and sign in with it. If it was not you, ask for a new link there.',
      ),
    });

  async function reset(request: FastifyRequest): Promise<Answer> {
    const permit = await throttle.permitAddress('confirm', clientOf(request));
    const fields = (request.body ?? {}) as Fields;
    const token = textOf(fields, 'token');
    const newPassword = textOf(fields, 'new_password');
    try {
      if (newPassword !== textOf(fields, 'confirm_password')) throw new AuthError('password_incorrect');
      await auth.confirmRecovery({ permit, code: token, newPassword });
    } catch (error) {
      const complaint = error instanceof AuthError ? newPasswordComplaint(error) : undefined;
      if (complaint !== undefined) return form(token, complaint);
      const isRefused = error instanceof AuthError && error.code === 'code_invalid';
      const state = isRefused && (await auth.readLink({ permit, purpose: 'password_recovery', token }));
      if (state === 'spent') return usedBefore();
      throw error;
    }
    const content = wayOn(
      vibemobi,
      'Your new password is set, and you are signed out everywhere. Go back and sign in with it.',
    );
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
        handle: async (request, reply) => send(reply, await show(request)),
      },
      {
        method: 'POST',
        path: RESET_PATH,
        handle: async (request, reply) => send(reply, await reset(request)),
      },
    ],
  };
}
