import { type ContactIdentifier, parseIdentifier } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { channelOf, type Message, type MessageTopic } from '../../message/index.ts';
import type { Stores } from '../../storage.ts';

export interface Notice extends Pick<Message, 'newAddress' | 'link' | 'expiresAt'> {
  readonly topic: MessageTopic;
}

/**
 * In the caller's transaction: a notice to an address that an account has proved. Each topic has a message budget of its
 * own for an address, as large as that of codes and links: neither can one use up the other, nor can changes that are
 * repeated fill a mailbox.
 * @returns false when no channel carries it or the budget is used up
 */
export async function leaveNotice(
  core: Core,
  stores: Stores,
  { kind, value }: Pick<ContactIdentifier, 'kind' | 'value'>,
  notice: Notice,
): Promise<boolean> {
  const to = parseIdentifier(kind, value);
  const channel = channelOf(to);
  if (!core.outbox.canCarry(channel)) return false;
  for (const { name, ...quota } of core.policy.messages) {
    const key = `notices:${notice.topic}:${name}:${core.nameOf(to.key)}`;
    if ((await stores.quotas.count(key, quota, core.clock.now())).kind === 'exceeded') return false;
  }
  await stores.outbox.add(core.outbox.entry({ channel, to: value, ...notice }));
  return true;
}
