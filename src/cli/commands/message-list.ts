import type { Command } from 'commander';
import type { Base } from '../../base.ts';
import type { Message, OutboxEntry } from '../../core/message/index.ts';
import { inColumns, inISO } from '../columns.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';
import { withBase } from '../with-base.ts';

interface Listed {
  readonly entry: OutboxEntry;
  /** Never the whole message, which may contain a valid code or link. */
  readonly about: Pick<Message, 'topic' | 'to' | 'isDecoy'> | undefined;
}

export function defineMessageList(message: Command, output: Output): void {
  message
    .command('list')
    .description(
      'List messages, newest first: pending ones, and those of the last week that were sent or abandoned. Topic and recipient are known only while a message is pending.',
    )
    .option('--limit <number>', 'how many at most', wholeNumber(1, 10_000), 50)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey message list --limit 20'],
        json: '{ messages: [{ id, channel, state, topic, to, isDecoy, attempts, createdAt, nextAttemptAt, expiresAt, settledAt, failure }] }',
      }),
    )
    .action(({ limit }: { readonly limit: number }) =>
      withBase(async (base) => {
        const listed = (await base.storage.outbox.list(limit)).map((entry) => ({
          entry,
          about: readable(base, entry),
        }));
        output.show({ messages: listed.map(present) }, inTable(listed));
      }),
    );
}

/** Undefined for a message that was sent, abandoned, or sealed with another secret. */
function readable({ core }: Base, { id, kind, sealed }: OutboxEntry): Listed['about'] {
  if (sealed === null) return undefined;
  try {
    const { topic, to, isDecoy } = core.outbox.open({ id, kind, sealed }).payload;
    return { topic, to, ...(isDecoy && { isDecoy }) };
  } catch {
    return undefined;
  }
}

function present({ entry, about }: Listed) {
  const { id, kind, state, attempts, createdAt, nextAttemptAt, expiresAt, settledAt, failure } = entry;
  return {
    id,
    channel: kind,
    state,
    topic: about?.topic ?? null,
    to: about?.to ?? null,
    isDecoy: about === undefined ? null : about.isDecoy === true,
    attempts,
    createdAt: inISO(createdAt),
    nextAttemptAt: state === 'pending' ? inISO(nextAttemptAt) : null,
    expiresAt: inISO(expiresAt),
    settledAt: settledAt === null ? null : inISO(settledAt),
    failure,
  };
}

function inTable(listed: readonly Listed[]): string {
  if (listed.length === 0) return 'No messages.';
  const rows = listed.map(({ entry, about }) => [
    inISO(entry.createdAt),
    entry.kind,
    about?.isDecoy ? `${entry.state} (decoy, never sent)` : entry.state,
    about?.topic ?? '-',
    about?.to ?? '-',
    String(entry.attempts),
    entry.failure ?? '-',
  ]);
  return inColumns([['created', 'channel', 'state', 'topic', 'to', 'attempts', 'failure'], ...rows]);
}
