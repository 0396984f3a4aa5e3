import { isOneLine, isPlainText } from '../../core/account/index.ts';
import { choice, clearableText, text } from './fields.ts';

/** Identifiers and codes: 1 to 100 characters. */
const short = text({ maxLength: 100 });
const password = text({ maxBytes: 1024 });
const method = choice('email', 'sms');
const verificationType = choice('otp', 'link');

/** Fields stand in the order in which the contract reports them. */
export const signUpBody = { identifier: short, password, method, verification_type: verificationType };
export const messageBody = { identifier: short, method, verification_type: verificationType };
export const confirmBody = { identifier: short, code: short };
export const loginBody = { identifier: short, password };
export const refreshBody = { refresh: text({ maxLength: 8192 }) };
export const resetBody = {
  identifier: short,
  code: short,
  new_password: password,
  confirm_password: password,
};
export const passwordChangeBody = {
  old_password: password,
  new_password: password,
  confirm_password: password,
};
export const emailChangeBody = {
  new_email: short,
  current_password: password,
  verification_type: verificationType,
};

export const profileBody = {
  first_name: clearableText({ maxLength: 50, accepts: isOneLine }),
  last_name: clearableText({ maxLength: 50, accepts: isOneLine }),
  date_of_birth: clearableText({ maxLength: 100, accepts: isOneLine }),
  bio: clearableText({ maxLength: 500, accepts: isPlainText }),
};
