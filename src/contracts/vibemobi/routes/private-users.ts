import { clientOf, type Route } from '../../../http/index.ts';
import { readJson } from '../bodies.ts';
import { anyPassword, boolean, email, fullName, optionalNotNull, required } from '../fields.ts';
import { presentUser } from '../presenter.ts';
import { privateDoor } from '../private-door.ts';
import { assertValid, checkBody } from '../validation.ts';
import type { VibeMobi } from '../vibemobi.ts';

const fields = {
  email: required(email),
  password: required(anyPassword),
  full_name: required(fullName),
  is_verified: optionalNotNull(boolean),
};

/**
 * Trusted systems bring their users along. A retry after a lost answer meets 409, which tells the script that the
 * user is there; nothing is made twice.
 */
export const createPrivateUser = (vibemobi: VibeMobi): Route => {
  const { admin, throttle } = vibemobi;
  const enter = privateDoor(vibemobi);
  return {
    method: 'POST',
    path: '/private/users',
    async handle(request) {
      const client = clientOf(request);
      await throttle.permitAddress('private', client);
      const actor = { by: await enter(request), address: client.address };
      await admin.recordPrivateApiUse({ actor });
      const body = checkBody(fields, readJson(request));
      assertValid(body);
      const { email: address, password, full_name: name, is_verified } = body.values;
      const account = await admin.createAccount({
        actor,
        email: address,
        fullName: name,
        // No rule but its length: whoever is trusted brings passwords that people have.
        password,
        isVerified: is_verified === true,
      });
      return presentUser(account);
    },
  };
};
