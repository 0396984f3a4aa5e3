import type { Account } from '../../account/index.ts';
import { type Actor, type AuditEvent, actedBy } from '../../audit/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import type { Stores } from '../../storage.ts';
import type { Happening } from './take-address.ts';

/** Something that an actor does to an account. */
export interface Act {
  readonly actor: Actor;
  /** As the caller read it; the flow reads it again. */
  readonly account: Pick<Account, 'id'>;
}

export interface Acting {
  readonly stores: Stores;
  /** The account as it is in this transaction, which locks it. */
  readonly account: Account;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What the events of the act have in common. */
  readonly happening: Happening;
  /** Writes an event of this account that names the actor. */
  record(event: Pick<AuditEvent, 'type' | 'detail' | 'sessionId'>): Promise<void>;
}

/**
 * Runs `work` in one transaction on an account that exists there. An account that was deleted meanwhile is refused
 * before anything is written, so that it gets no audit event.
 * @throws AuthError `account_gone`
 */
export function actOnAccount<T>(
  core: Core,
  { actor, account: { id: accountId } }: Act,
  work: (acting: Acting) => Promise<T>,
): Promise<T> {
  return core.storage.transaction(async (stores) => {
    const account = await stores.accounts.findById(accountId);
    if (account === undefined) throw new AuthError('account_gone');
    const now = core.clock.now();
    const happening = { at: now, ...actedBy(actor) };
    return work({
      stores,
      account,
      now,
      happening,
      record: (event) => stores.audit.record({ ...happening, accountId, ...event }),
    });
  });
}
