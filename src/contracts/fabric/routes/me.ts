import type { ProfilePatch } from '../../../core/account/index.ts';
import type { Route } from '../../../http/index.ts';
import { profileBody } from '../bodies.ts';
import { fieldErrors } from '../errors.ts';
import type { Fabric } from '../fabric.ts';
import { presentUser } from '../presenter.ts';
import { authenticated, permitForAccount } from '../requests.ts';
import { readBody } from '../validation.ts';

const PATH = '/api/v1/me';

export const readMe = (fabric: Fabric): Route => ({
  method: 'GET',
  path: PATH,
  async handle(request) {
    const { account } = await authenticated(fabric, request);
    return presentUser(account, fabric.clock.now());
  },
});

export const patchMe = (fabric: Fabric): Route => ({
  method: 'PATCH',
  path: PATH,
  async handle(request) {
    const live = await authenticated(fabric, request);
    const permit = await permitForAccount(fabric, request, { kind: 'profile', purpose: 'profile', live });
    const body = readBody(profileBody, request.body);
    const patch: ProfilePatch = {
      ...(body.first_name !== undefined && { givenName: cleared(body.first_name) }),
      ...(body.last_name !== undefined && { familyName: cleared(body.last_name) }),
      ...(body.date_of_birth !== undefined && { birthDate: readDate(body.date_of_birth) }),
      ...(body.bio !== undefined && { bio: cleared(body.bio) }),
    };
    const { lastSeenAt } = live.account;
    const account = await fabric.auth.updateProfile({ permit, live, patch });
    return presentUser({ ...account, lastSeenAt }, fabric.clock.now());
  },
});

/** An emptied form field means what null means. */
const cleared = (text: string | null): string | null => (text?.trim() === '' ? null : text);

/** A day that the calendar has. */
function readDate(text: string | null): string | null {
  const date = cleared(text);
  if (date === null) return null;
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00Z`) : undefined;
  // 31 February parses as a day of March.
  const exists =
    parsed !== undefined && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
  if (exists) return date;
  throw fieldErrors(400, 'invalid', {
    date_of_birth: 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.',
  });
}
