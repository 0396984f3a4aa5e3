import { html } from 'ghtml';
import { AuthError, type PasswordRule } from '../../../core/errors.ts';
import type { Route } from '../../../http/index.ts';
import type { Fabric } from '../fabric.ts';
import { linkPage } from './link-page.ts';

const inputs = html`<label>New password
<input type="password" name="new_password" autocomplete="new-password" required minlength="8" autofocus></label>
<label>Once more
<input type="password" name="confirm_password" autocomplete="new-password" required minlength="8"></label>`;

const complaints: Record<PasswordRule, string> = {
  too_short: 'That is too short. Use at least 8 characters.',
  too_long: 'That is too long. Use at most 1024 bytes.',
  common: 'Too many people use that one. Choose another.',
  entirely_numeric: 'Use more than digits.',
  similar: 'That is too close to your address. Choose another.',
};

function complaint({ code, facts }: AuthError): string | undefined {
  if (code === 'password_incorrect') return 'The two passwords differ.';
  return code === 'password_weak' ? complaints[facts.rule ?? 'too_short'] : undefined;
}

export const passwordResetPage = (fabric: Fabric): Route[] =>
  linkPage(fabric, {
    purpose: 'password-reset',
    challenge: 'password_recovery',
    title: 'Choose a new password',
    explain: ({ identifier }) =>
      `For ${identifier.value}. You will be signed out everywhere and can sign in with the new one.`,
    button: 'Set password',
    inputs,
    complaint,
    async act(answer, { new_password: newPassword = '', confirm_password: again }) {
      if (newPassword !== again) throw new AuthError('password_incorrect');
      await fabric.auth.confirmRecovery({ ...answer, newPassword });
      const content = html`<p>Your new password is set, and you are signed out everywhere. Go back and sign in.</p>
<p class="faint">You can close this page.</p>`;
      return { title: 'Password changed', content };
    },
  });
