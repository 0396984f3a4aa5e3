import type { Command } from 'commander';
import type { ListedMessage } from '../../core/admin.ts';
import { inColumns, inISO } from '../columns.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';
import { withAdmin } from '../with-admin.ts';

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
      withAdmin(async (context) => {
        const listed = await context.admin.listMessages({ limit });
        output.show({ messages: listed.map(present) }, inTable(listed));
      }),
    );
}

function present({ about, ...entry }: ListedMessage) {
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

function inTable(listed: readonly ListedMessage[]): string {
  if (listed.length === 0) return 'No messages.';
  const rows = listed.map(({ about, ...entry }) => [
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
