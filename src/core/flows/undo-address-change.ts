import { type Account, type AddressUndo, provedAt } from '../account/index.ts';
import { assertEnabled } from '../authentication/requirements.ts';
import type { Core } from '../core.ts';
import { assertStrongPassword, type PasswordPolicy } from '../credential/index.ts';
import { AuthError } from '../errors.ts';
import type { Stores } from '../storage.ts';
import type { AddressPermit } from '../throttle/index.ts';
import { passwordCounter } from '../throttle/index.ts';
import { deletePending } from './steps/delete-pending.ts';
import { endSessions } from './steps/end-sessions.ts';
import { takeAddress } from './steps/take-address.ts';

interface ShownLink {
  readonly permit: AddressPermit<'confirm'>;
  /** 256 bits from the notice to the former address. */
  readonly token: string;
}

export interface AddressChangeUndoing extends ShownLink {
  readonly newPassword: string;
}

/** The rules that every contract has at least. */
const passwordPolicy: PasswordPolicy = { minLength: 8 };

/** Names the server itself in the audit trail, and its links among those of contracts. */
const DOOR = 'latchkey';

/** What the link with this token is found by. */
export const undoDigest = (core: Core, token: string): Uint8Array =>
  core.challengeSecrets.linkDigest(DOOR, token);

/**
 * The link and its account, as long as the change can be undone.
 * @throws AuthError `code_invalid`, `account_disabled`, `identifier_taken` (another account has proved the address)
 */
async function find(
  core: Core,
  { accounts, addressUndos }: Pick<Stores, 'accounts' | 'addressUndos'>,
  token: string,
): Promise<{ undo: AddressUndo; account: Account }> {
  const undo = await addressUndos.find(undoDigest(core, token));
  const account = undo && (await accounts.findById(undo.accountId));
  if (undo === undefined || account === undefined || undo.expiresAt <= core.clock.now()) {
    throw new AuthError('code_invalid', { reason: 'used, expired or unknown' });
  }
  assertEnabled(account);
  const holder = await accounts.findByIdentifier(undo.email);
  if (holder !== undefined && holder.id !== account.id && provedAt(holder, 'email') !== null) {
    throw new AuthError('identifier_taken', { kind: 'email' }).about(account.id);
  }
  return { undo, account };
}

/**
 * The address that the link would put back. Changes nothing: for the page that the link opens, which mail scanners open
 * as well.
 * @throws AuthError `code_invalid`, `account_disabled`, `identifier_taken`
 */
export async function readAddressUndo(core: Core, { token }: ShownLink): Promise<{ address: string }> {
  const { undo } = await find(core, core.storage, token);
  return { address: undo.email.value };
}

/**
 * Puts a proved address back that the account was moved away from, with a new password: whoever reads that mailbox has
 * the account again, whatever was done to it since the change. Ends every session, and cancels codes, links and the undo
 * links of later changes. TOTP stays. An account that holds the address unproved loses it.
 *
 * @throws AuthError `code_invalid`, `account_disabled`, `identifier_taken`, `password_weak`, `overloaded`; nothing has
 *   changed then, and the link still works
 */
export async function undoAddressChange(
  core: Core,
  { permit, token, newPassword }: AddressChangeUndoing,
): Promise<{ address: string }> {
  core.passwords.assertRoom();
  const { undo: shown, account: owner } = await find(core, core.storage, token);
  assertStrongPassword(newPassword, passwordPolicy, { ...owner, email: shown.email.value });
  const hash = await core.passwords.hash(newPassword);
  await core.storage.transaction(async (stores) => {
    const { account, undo } = await find(core, stores, token);
    const now = core.clock.now();
    // Of parallel requests one deletes the link; the others change nothing.
    if (!(await stores.addressUndos.use(undo.sequence, now))) throw new AuthError('code_invalid');
    const { address } = permit.client;
    const happening = { at: now, door: DOOR, address };
    await deletePending(stores, { email: undo.email }, happening);
    if (!(await takeAddress(core, stores, { account, address: undo.email, happening }))) {
      throw new AuthError('identifier_taken', { kind: 'email' });
    }
    await stores.passwords.set(account.id, hash, now);
    await endSessions(stores, account.id, { now, reason: 'email_change_undone' });
    await stores.lockouts.clear(passwordCounter(account.id), now);
    await stores.challenges.cancelAll(account.id);
    await stores.addressUndos.cancelAfter(undo);
    await stores.audit.record({ ...happening, type: 'email_change_undone', accountId: account.id });
  });
  core.outbox.notifyListeners();
  return { address: shown.email.value };
}

readAddressUndo.errors = ['code_invalid', 'account_disabled', 'identifier_taken'] as const;
undoAddressChange.errors = [
  'code_invalid',
  'account_disabled',
  'identifier_taken',
  'password_weak',
  'overloaded',
] as const;
