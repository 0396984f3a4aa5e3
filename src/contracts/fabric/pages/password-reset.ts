import { AuthError } from '../../../core/errors.ts';
import type { Route } from '../../../http/index.ts';
import { newPasswordComplaint, newPasswordInputs, wayOn } from '../../../pages/index.ts';
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
    used: {
      title: 'Password changed',
      text: 'A new password was set with this link. Go back and sign in with it. If it was not you, ask for a new link there.',
    },
    inputs: newPasswordInputs,
    complaint: newPasswordComplaint,
    async act(answer, { new_password: newPassword = '', confirm_password: again }) {
      if (newPassword !== again) throw new AuthError('password_incorrect');
      await fabric.auth.confirmRecovery({ ...answer, newPassword });
      const content = wayOn(
        fabric,
        'Your new password is set, and you are signed out everywhere. Go back and sign in with it.',
      );
      return { title: 'Password changed', content };
    },
  });
