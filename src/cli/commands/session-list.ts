import type { Command } from 'commander';
import type { ListedSession, SessionEndReason } from '../../core/session/index.ts';
import { inColumns, inISO } from '../columns.ts';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { withAdmin } from '../with-admin.ts';

export function defineSessionList(session: Command, output: Output): void {
  session
    .command('list')
    .description(
      'List the sessions of an account, newest first, with those that ended within the last week. A session ends before it expires if its client does not refresh in time.',
    )
    .argument('<identifier>', IDENTIFIER)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey session list alice@example.com'],
        json: '{ sessions: [{ id, contract, createdAt, expiresAt, endedAt, endReason, authTime, amr, address, userAgent }] }, with amr as in RFC 8176',
      }),
    )
    .action((identifier: string) =>
      withAdmin(async (context) => {
        const account = await findAccount(context, identifier);
        const sessions = await context.admin.listSessions({ account });
        output.show({ sessions: sessions.map(present) }, inTable(sessions, context.clock.now()));
      }),
    );
}

function present(session: ListedSession) {
  const { id, contract, createdAt, expiresAt, endedAt, endReason, authenticatedAt, methods } = session;
  const { address, userAgent } = session;
  return {
    id,
    contract,
    createdAt: inISO(createdAt),
    expiresAt: inISO(expiresAt),
    endedAt: endedAt === null ? null : inISO(endedAt),
    endReason,
    authTime: authenticatedAt === null ? null : inISO(authenticatedAt),
    amr: methods,
    address,
    userAgent,
  };
}

function inTable(sessions: readonly ListedSession[], now: number): string {
  if (sessions.length === 0) return 'No sessions.';
  const rows = sessions.map((session) => [
    session.id,
    session.contract,
    inISO(session.createdAt),
    inISO(session.expiresAt),
    stateOf(session, now),
    session.methods?.join(' ') ?? '-',
    session.address ?? '-',
    session.userAgent ?? '-',
  ]);
  return inColumns([
    ['session', 'contract', 'created', 'expires', 'state', 'methods', 'address', 'client'],
    ...rows,
  ]);
}

const endReasons: Record<SessionEndReason, string> = {
  signed_out: 'signed out',
  password_changed: 'password changed',
  password_reset: 'password reset',
  email_changed: 'e-mail address changed',
  email_change_undone: 'change of e-mail address undone',
  identifier_proved: 'address verified for the first time',
  account_disabled: 'account disabled',
  revoked: 'revoked',
  refresh_reused: 'refresh token used twice',
  totp_changed: 'TOTP enrolled, replaced or removed',
  totp_guessed_out: 'too many wrong TOTP codes',
  database_restored: 'database restored',
};

function stateOf({ endedAt, endReason, expiresAt }: ListedSession, now: number): string {
  if (endedAt !== null) return `ended ${inISO(endedAt)}: ${endReason === null ? '-' : endReasons[endReason]}`;
  return expiresAt > now ? 'live' : 'expired';
}
