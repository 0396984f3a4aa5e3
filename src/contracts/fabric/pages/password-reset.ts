import { html } from 'ghtml';
import { AuthError } from '../../../core/errors.ts';
import type { Route } from '../../../http/index.ts';
import { newPasswordComplaint, newPasswordInputs } from '../../../pages/index.ts';
import type { Fabric } from '../fabric.ts';
import { linkPage } from './link-page.ts';

export const passwordResetPage = (fabric: Fabric): Route[] =>
  linkPage(fabric, {
    purpose: 'password-reset',
    challenge: 'password_recovery',
    title: 'Choose a new password',
    explain: ({ identifier }) =>
      `For ${identifier.value}. You will be signed out everywhere and can sign in with the new one.`,
    button: 'Set password',
    inputs: newPasswordInputs,
    complaint: newPasswordComplaint,
    async act(answer, { new_password: newPassword = '', confirm_password: again }) {
      if (newPassword !== again) throw new AuthError('password_incorrect');
      await fabric.auth.confirmRecovery({ ...answer, newPassword });
      const content = html`<p>Your new password is set, and you are signed out everywhere. Go back and sign in.</p>
<p class="faint">You can close this page.</p>`;
      return { title: 'Password changed', content };
    },
  });
