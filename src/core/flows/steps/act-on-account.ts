import type { Account } from '../../account/index.ts';
import { type Actor, type AuditEvent, actedBy } from '../../audit/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import type { AuthenticatedSession } from '../../session/index.ts';
import type { Stores } from '../../storage.ts';
import type { Client } from '../../throttle/index.ts';
import type { Happening } from './take-address.ts';

/** The input that flows on another account have in common. */
export interface Act {
  readonly actor: Actor;
  /** As the caller read it; the flow reads it again. */
  readonly account: Pick<Account, 'id'>;
  /** Of the session in whose name the account itself acts. */
  readonly epoch?: number;
}

export interface Acting {
  readonly stores: Stores;
  /** The account as it is in this transaction, which locks it. */
  readonly account: Account;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The fields that all audit events of this transaction share. */
  readonly happening: Happening;
  /** Writes an audit event of this account with the actor. */
  record(event: Pick<AuditEvent, 'type' | 'detail' | 'sessionId'>): Promise<void>;
}

/**
 * Runs `work` in one transaction that has locked the account. When the account was deleted meanwhile, throws before
 * anything is written, so that no audit event follows the deletion.
 * @throws AuthError `account_gone`, `token_invalid` when the session in whose name it acts has ended meanwhile (SEC-062)
 */
export function actOnAccount<T>(
  core: Core,
  { actor, account: { id: accountId }, epoch }: Act,
  work: (acting: Acting) => Promise<T>,
): Promise<T> {
  return core.storage.transaction(async (stores) => {
    const account = await stores.accounts.findById(accountId);
    if (account === undefined) throw new AuthError('account_gone');
    if (epoch !== undefined && account.epoch !== epoch) {
      throw new AuthError('token_invalid', { reason: 'the session ended meanwhile' });
    }
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

/** The signed-in account as the actor of what it does to itself without its password. */
export function ownActor({ session, account }: AuthenticatedSession, { address }: Client): Actor {
  return { door: session.contract, by: `account:${account.id}`, address };
}
