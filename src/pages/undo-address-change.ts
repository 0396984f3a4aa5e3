import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import type { Auth } from '../core/auth.ts';
import { AuthError } from '../core/errors.ts';
import type { Throttle } from '../core/throttle/index.ts';
import { type Answer, clientOf, formBodies, type Mount, send } from '../http/index.ts';
import { newPasswordComplaint, newPasswordInputs } from './new-password.ts';
import { page, SAME_PAGE } from './page.ts';
import { pageErrors } from './page-errors.ts';
import { UNDO_PATH } from './undo-url.ts';
import { wayOn } from './way-on.ts';

export interface UndoPageOptions {
  readonly auth: Pick<Auth, 'readAddressUndo' | 'undoAddressChange'>;
  readonly throttle: Throttle;
  readonly productName: string;
  readonly appUrl?: string | undefined;
}

const DEAD =
  'It was used before, has expired, or an earlier change was undone. It cannot undo the change any more. If the change was not yours, ask the operators of this service.';

const textOf = (fields: unknown, name: string): string => {
  const value = (fields as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === 'string' ? value : '';
};

/**
 * The page of the link in the notice to a former e-mail address, mounted beside every contract. A GET changes nothing,
 * since mail scanners follow links; the form's button puts the address back.
 */
export function undoPage({ auth, throttle, ...application }: UndoPageOptions): Mount {
  const { productName } = application;
  const permitFor = (request: FastifyRequest) => throttle.permitAddress('confirm', clientOf(request));

  function form(token: string, address: string, complaint?: string): Answer {
    const content = html`<p>Your account gets back the address ${address} and the password that you choose here. You
are signed out everywhere.</p>
!${complaint === undefined ? '' : html`<p class="wrong" role="alert">${complaint}</p>`}
<form method="post" action="${SAME_PAGE}">
<input type="hidden" name="token" value="${token}">
!${newPasswordInputs}
<button>Undo the change</button>
</form>`;
    const status = complaint === undefined ? 200 : 400;
    return page({ status, productName, title: 'Undo the change of your address', content });
  }

  async function show(request: FastifyRequest): Promise<Answer> {
    const permit = await permitFor(request);
    const token = textOf(request.query, 'token');
    const { address } = await auth.readAddressUndo({ permit, token });
    return form(token, address);
  }

  async function undo(request: FastifyRequest): Promise<Answer> {
    const permit = await permitFor(request);
    const { body } = request;
    const token = textOf(body, 'token');
    const { address } = await auth.readAddressUndo({ permit, token });
    const newPassword = textOf(body, 'new_password');
    try {
      if (newPassword !== textOf(body, 'confirm_password')) throw new AuthError('password_incorrect');
      await auth.undoAddressChange({ permit, token, newPassword });
    } catch (error) {
      const complaint = error instanceof AuthError ? newPasswordComplaint(error) : undefined;
      if (complaint === undefined) throw error;
      return form(token, address, complaint);
    }
    const content = wayOn(
      application,
      `Your account uses ${address} again, and your new password is set. You are signed out everywhere: sign in with both.`,
    );
    return page({ productName, title: 'Change undone', content });
  }

  return {
    contract: 'latchkey',
    prefixes: [UNDO_PATH],
    errors: pageErrors(productName, DEAD),
    bodies: formBodies,
    routes: [
      {
        method: 'GET',
        path: UNDO_PATH,
        handle: async (request, reply) => send(reply, await show(request)),
      },
      {
        method: 'POST',
        path: UNDO_PATH,
        handle: async (request, reply) => send(reply, await undo(request)),
      },
    ],
  };
}
