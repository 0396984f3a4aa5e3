import type { Account } from '../../core/account/index.ts';
import type { IssuedTokens } from '../../core/session/index.ts';

const ONLINE_MS = 5 * 60_000;

/** The user of `/me`, in the order in which the contract lists it. */
export function presentUser(account: Account, now: number) {
  return {
    id: account.id,
    email: account.email,
    first_name: account.givenName,
    last_name: account.familyName,
    date_joined: new Date(account.createdAt).toISOString(),
    is_online: account.lastSeenAt !== null && now - account.lastSeenAt < ONLINE_MS,
    date_of_birth: account.birthDate,
    bio: account.bio,
  };
}

export function presentTokens({ access, refresh }: IssuedTokens) {
  return { access, refresh };
}
