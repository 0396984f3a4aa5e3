import type { Account } from '../account/index.ts';
import type { AuditEvent, AuditFilter } from '../audit/index.ts';
import type { Core } from '../core.ts';
import type { Message, OutboxEntry } from '../message/index.ts';
import type { ListedSession } from '../session/index.ts';

/** The sessions of an account, the newest first, ended ones included until they are purged. */
export async function listSessions(
  core: Core,
  { account }: { readonly account: Pick<Account, 'id'> },
): Promise<readonly ListedSession[]> {
  return core.storage.sessions.list(account.id);
}

listSessions.errors = [] as const;

/** Events of the audit trail, the newest first. */
export async function listAuditEvents(
  core: Core,
  filter: AuditFilter & { readonly limit: number },
): Promise<readonly AuditEvent[]> {
  return core.storage.audit.list(filter);
}

listAuditEvents.errors = [] as const;

/** The contract through which an account signed up; undefined when the trail does not reach back so far. */
export async function findSignUpContract(
  core: Core,
  { account: { id: accountId } }: { readonly account: Pick<Account, 'id'> },
): Promise<string | undefined> {
  const [created] = await core.storage.audit.list({ accountId, type: 'account_created', limit: 1 });
  return created?.door;
}

findSignUpContract.errors = [] as const;

/** A message as operators see it: never its text, which may hold a code or link that still works. */
export interface ListedMessage extends Omit<OutboxEntry, 'sealed'> {
  /** Undefined once the message is settled, and for one that was sealed with another secret. */
  readonly about: Pick<Message, 'topic' | 'to' | 'isDecoy'> | undefined;
}

/** Messages, the newest first: pending ones, and those settled since the last purge. */
export async function listMessages(
  core: Core,
  { limit }: { readonly limit: number },
): Promise<readonly ListedMessage[]> {
  const entries = await core.storage.outbox.list(limit);
  return entries.map(({ sealed, ...entry }) => ({ ...entry, about: readAbout(core, { ...entry, sealed }) }));
}

listMessages.errors = [] as const;

function readAbout({ outbox }: Core, { id, kind, sealed }: OutboxEntry): ListedMessage['about'] {
  if (sealed === null) return undefined;
  try {
    const { topic, to, isDecoy } = outbox.open({ id, kind, sealed }).payload;
    return { topic, to, ...(isDecoy && { isDecoy }) };
  } catch {
    return undefined;
  }
}
