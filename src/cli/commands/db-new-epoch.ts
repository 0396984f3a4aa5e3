import type { Command } from 'commander';
import { counted } from '../../core/words.ts';
import type { NewEpoch } from '../../storage/index.ts';
import { usageError } from '../cli-error.ts';
import { epochInWords, epochStartNow } from '../epoch-start.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { canAsk, confirm } from '../prompt.ts';

interface NewEpochOptions {
  readonly yes?: true;
  readonly forgetSecret?: true;
}

export function defineDbNewEpoch(db: Command, output: Output): void {
  db.command('new-epoch')
    .description(
      'After a restore by other means, such as of PostgreSQL, and before the server starts: end every session, code and link.',
    )
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option(
      '--forget-secret',
      'the LATCHKEY_SECRET of the database is lost: accept the one of the next start. TOTP secrets stay unreadable',
    )
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey db new-epoch --yes', 'latchkey db new-epoch --forget-secret'],
        json: '{ sessions, challenges, messages: how many of each were ended, lastNumber }; with --forget-secret also lostTotpSecrets',
      }),
    )
    .action((options: NewEpochOptions) => newEpoch(options, output));
}

async function newEpoch({ yes, forgetSecret }: NewEpochOptions, output: Output): Promise<void> {
  if (!yes && !canAsk()) throw usageError('not a terminal: pass --yes');
  const [{ readConfig }, { startNewEpochIn }] = await Promise.all([
    import('../read-config.ts'),
    import('../../storage/index.ts'),
  ]);
  const { database } = await readConfig();
  if (!yes) await confirm('End every session and invalidate every code and link? Type yes: ');
  const epoch = await startNewEpochIn(database, {
    ...(await epochStartNow()),
    forgetsSecret: forgetSecret === true,
  });
  output.show(epoch, epochInWords(epoch, changeInWords(epoch)));
}

function changeInWords({ lostTotpSecrets }: NewEpoch): string {
  if (lostTotpSecrets === undefined) return 'Passwords, TOTP secrets and disabled accounts are unchanged.';
  if (lostTotpSecrets === 0) return 'Passwords still work.';
  const lost = counted(lostTotpSecrets, 'TOTP secret');
  return `Passwords still work. ${lost} cannot be read: run latchkey totp enroll for each account.`;
}
