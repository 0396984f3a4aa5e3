import type { Command } from 'commander';
import type { Session } from '../../core/session/index.ts';
import { inColumns, inISO } from '../columns.ts';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { withBase } from '../with-base.ts';

export function defineSessionList(session: Command, output: Output): void {
  session
    .command('list')
    .description('List the sessions of an account, newest first, with those that ended within the last week.')
    .argument('<identifier>', IDENTIFIER)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey session list alice@example.com'],
        json: '{ sessions: [{ id, contract, createdAt, expiresAt, endedAt, endReason }] }',
      }),
    )
    .action((identifier: string) =>
      withBase(async (base) => {
        const account = await findAccount(base, identifier);
        const sessions = await base.storage.sessions.list(account.id);
        output.show({ sessions: sessions.map(present) }, inTable(sessions, base.clock.now()));
      }),
    );
}

function present({ id, contract, createdAt, expiresAt, endedAt, endReason }: Session) {
  return {
    id,
    contract,
    createdAt: inISO(createdAt),
    expiresAt: inISO(expiresAt),
    endedAt: endedAt === null ? null : inISO(endedAt),
    endReason,
  };
}

function inTable(sessions: readonly Session[], now: number): string {
  if (sessions.length === 0) return 'No sessions.';
  const rows = sessions.map((session) => [
    session.id,
    session.contract,
    inISO(session.createdAt),
    inISO(session.expiresAt),
    stateOf(session, now),
  ]);
  return inColumns([['session', 'contract', 'created', 'expires', 'state'], ...rows]);
}

function stateOf({ endedAt, endReason, expiresAt }: Session, now: number): string {
  if (endedAt !== null) return `ended ${inISO(endedAt)}: ${endReason?.replaceAll('_', ' ')}`;
  return expiresAt > now ? 'live' : 'expired';
}
