import { isOneLine, isPlainText } from '../../core/account/index.ts';
import { choice, clearableText, text } from './fields.ts';

const MAX_LENGTH = 100;
const identifier = text({ maxLength: MAX_LENGTH });
/** Six digits, or the token of a link. */
const code = text({ maxLength: MAX_LENGTH, digits: 6 });
const password = text({ maxBytes: 1024 });
const method = choice('email', 'sms');
const verificationType = choice('otp', 'link');

/** Fields stand in the order in which the contract reports them. */
export const signUpBody = { identifier, password, method, verification_type: verificationType };
export const messageBody = { identifier, method, verification_type: verificationType };
export const confirmBody = { identifier, code };
export const loginBody = { identifier, password };
/** The original renamed the field later; its clients send either name. */
export const refreshBody = { refresh: text({ maxLength: 8192, alias: 'refresh_token' }) };
export const resetBody = {
  identifier,
  code,
  new_password: password,
  confirm_password: password,
};
export const passwordChangeBody = {
  old_password: password,
  new_password: password,
  confirm_password: password,
};
export const emailChangeBody = {
  new_email: identifier,
  current_password: password,
  verification_type: verificationType,
};

export const profileBody = {
  first_name: clearableText({ maxLength: 50, accepts: isOneLine }),
  last_name: clearableText({ maxLength: 50, accepts: isOneLine }),
  date_of_birth: clearableText({ maxLength: 100, accepts: isOneLine }),
  bio: clearableText({ maxLength: 500, accepts: isPlainText }),
};
