import type { Command } from 'commander';
import type { Account } from '../../core/account/index.ts';
import { counted } from '../../core/words.ts';
import { notFoundError } from '../cli-error.ts';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { nameOf } from '../present-account.ts';
import { type CommandContext, withAdmin } from '../with-admin.ts';

interface RevokeOptions {
  readonly session?: string;
}

export function defineSessionRevoke(session: Command, output: Output): void {
  session
    .command('revoke')
    .description('Sign an account out everywhere, or end one of its sessions, with the next request.')
    .argument('<identifier>', IDENTIFIER)
    .option('--session <id>', 'this session only')
    .addHelpText(
      'after',
      notes({ examples: ['latchkey session revoke alice@example.com'], json: '{ revoked: how many }' }),
    )
    .action((identifier: string, options: RevokeOptions) =>
      withAdmin(async (context) => {
        const account = await findAccount(context, identifier);
        const revoked = await revoke(context, account, options.session);
        output.show({ revoked }, `${counted(revoked, 'session')} of ${nameOf(account)} ended.`);
      }),
    );
}

async function revoke(
  { admin }: CommandContext,
  account: Account,
  sessionId: string | undefined,
): Promise<number> {
  if (sessionId === undefined) return admin.revokeSessions({ actor: operator(), account });
  const outcome = await admin.revokeSession({ actor: operator(), account, sessionId });
  if (outcome === 'unknown') throw notFoundError(`${nameOf(account)} has no such session`);
  return outcome === 'revoked' ? 1 : 0;
}
