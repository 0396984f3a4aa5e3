import type { Command } from 'commander';
import { changeAccount } from '../change-account.ts';
import { inISO } from '../columns.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { lockedUntil } from '../present-account.ts';

export function defineUserUnlock(user: Command, output: Output): void {
  user
    .command('unlock')
    .description('End the lock after wrong passwords or TOTP codes. The password and sessions stay.')
    .argument('<identifier>', IDENTIFIER)
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user unlock alice@example.com'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string) =>
      changeAccount(identifier, output, {
        change: ({ admin }, account) => admin.unlockAccount({ actor: operator(), account }),
        done: (name, _account, locks) =>
          `${name} ${locksInWords(locks)}. Wrong passwords and TOTP codes count from zero again.`,
      }),
    );
}

function locksInWords(locks: Parameters<typeof lockedUntil>[0]): string {
  if (locks.length === 0) return 'was not locked';
  const end = lockedUntil(locks);
  return end === null
    ? 'was locked without an end; it is unlocked'
    : `was locked until ${inISO(end)}; it is unlocked`;
}
