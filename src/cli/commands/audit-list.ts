import type { Command } from 'commander';
import { nearest } from '../../config/nearest.ts';
import { printable } from '../../config/printable.ts';
import { UUID } from '../../core/account/index.ts';
import { type AuditEvent, type AuditEventType, auditEventTypes } from '../../core/audit/index.ts';
import { usageError } from '../cli-error.ts';
import { inColumns, inISO } from '../columns.ts';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { since } from '../since.ts';
import { wholeNumber } from '../whole-number.ts';
import { type CommandContext, withAdmin } from '../with-admin.ts';

interface ListOptions {
  readonly account?: string;
  readonly type?: AuditEventType;
  readonly since?: (now: number) => number;
  readonly limit: number;
}

export function defineAuditList(audit: Command, output: Output): void {
  audit
    .command('list')
    .description('List audit events, newest first.')
    .option('--account <identifier>', `only of this account: ${IDENTIFIER}; for a deleted account its UUID`)
    .option('--type <type>', 'only of this type; docs/audit.md lists them', eventType)
    .option(
      '--since <when>',
      'only since then: a duration such as 24h, a date such as 2026-11-28 (00:00 UTC), or an instant such as 2026-11-28T09:00Z',
      since,
    )
    .option('--limit <number>', 'how many at most', wholeNumber(1, 10_000), 50)
    .addHelpText('after', () =>
      notes({
        examples: [
          'latchkey audit list --account alice@example.com --since 7d',
          'latchkey audit list --type sign_in_failed --since 24h --limit 1000 --json',
        ],
        json: '{ events: [{ at, type, accountId, sessionId, contract, actor, address, detail }] }',
      }),
    )
    .action((options: ListOptions) =>
      withAdmin(async (context) => {
        const accountId =
          options.account === undefined ? undefined : await accountIdOf(context, options.account);
        const events = await context.admin.listAuditEvents({
          limit: options.limit,
          ...(accountId !== undefined && { accountId }),
          ...(options.type !== undefined && { type: options.type }),
          ...(options.since !== undefined && { since: options.since(context.clock.now()) }),
        });
        output.show({ events: events.map(present) }, inTable(events));
      }),
    );
}

function eventType(text: string): AuditEventType {
  const type = auditEventTypes.find((known) => known === text);
  if (type !== undefined) return type;
  const meant = nearest(text, auditEventTypes);
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw usageError(
    `--type: there is no type "${printable(text)}".${question} The types are: ${auditEventTypes.join(', ')}`,
  );
}

/** A UUID is not looked up: events outlive the account. */
async function accountIdOf(context: CommandContext, text: string): Promise<string> {
  return UUID.test(text) ? text.toLowerCase() : (await findAccount(context, text)).id;
}

function present(event: AuditEvent) {
  const {
    at,
    type,
    accountId = null,
    sessionId = null,
    door,
    actor = null,
    address = null,
    detail = null,
  } = event;
  return { at: inISO(at), type, accountId, sessionId, contract: door, actor, address, detail };
}

function inTable(events: readonly AuditEvent[]): string {
  if (events.length === 0) return 'No events.';
  const rows = events.map(({ at, type, accountId, door, actor, address, detail }) => [
    inISO(at),
    type,
    accountId ?? '-',
    door,
    actor ?? '-',
    address ?? '-',
    detail === undefined ? '-' : JSON.stringify(detail),
  ]);
  return inColumns([['at', 'type', 'account', 'contract', 'actor', 'address', 'detail'], ...rows]);
}
