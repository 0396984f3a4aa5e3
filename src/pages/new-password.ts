import { html } from 'ghtml';
import type { AuthError, PasswordRule } from '../core/errors.ts';

/** Two fields, so that a typing mistake does not become a password. The rule stands before them. */
export const newPasswordInputs = html`<p class="faint" id="password-rule">At least 8 characters. No common password, not only digits,
and nothing close to your name or address.</p>
<label>New password
<input type="password" name="new_password" autocomplete="new-password" required minlength="8" autofocus aria-describedby="password-rule"></label>
<label>Repeat password
<input type="password" name="confirm_password" autocomplete="new-password" required minlength="8"></label>`;

const complaints: Record<PasswordRule, string> = {
  unchanged: 'That is your current password. Choose another one.',
  too_short: 'That is too short. Use at least 8 characters.',
  too_long: 'That is too long. Use at most 1024 bytes.',
  common: 'Too many people use that one. Choose another one.',
  entirely_numeric: 'Use more than digits.',
  similar: 'That is too close to your name or address. Choose another one.',
};

/** What to change about a new password; undefined when something else is wrong. `password_incorrect`: the two differ. */
export function newPasswordComplaint({ code, facts }: AuthError): string | undefined {
  if (code === 'password_incorrect') return 'The two passwords differ.';
  return code === 'password_weak' ? complaints[facts.rule ?? 'too_short'] : undefined;
}
