import Type from 'typebox';

/** Identifiers and codes: 1 to 100 characters. */
const short = Type.String({ minLength: 1, maxLength: 100 });
const password = Type.String({ minLength: 1, maxBytes: 1024 });
const method = Type.Optional(Type.Enum(['email', 'sms']));
const verificationType = Type.Optional(Type.Enum(['otp', 'link']));

/** Fields stand in the order in which the contract reports them. */
export const signUpBody = Type.Object({
  identifier: short,
  password,
  method,
  verification_type: verificationType,
});
export const messageBody = Type.Object({ identifier: short, method, verification_type: verificationType });
export const confirmBody = Type.Object({ identifier: short, code: short });
export const loginBody = Type.Object({ identifier: short, password });
export const refreshBody = Type.Object({ refresh: Type.String({ minLength: 1, maxLength: 8192 }) });
export const resetBody = Type.Object({
  identifier: short,
  code: short,
  new_password: password,
  confirm_password: password,
});
export const passwordChangeBody = Type.Object({
  old_password: password,
  new_password: password,
  confirm_password: password,
});
export const emailChangeBody = Type.Object({
  new_email: short,
  current_password: password,
  verification_type: verificationType,
});

const nullable = (maxLength: number, shape: 'line' | 'text' = 'line') =>
  Type.Optional(Type.Union([Type.String({ maxLength, shape }), Type.Null()]));

export const profileBody = Type.Object({
  first_name: nullable(50),
  last_name: nullable(50),
  date_of_birth: nullable(100),
  bio: nullable(500, 'text'),
});
