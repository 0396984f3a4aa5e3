import type { Command } from 'commander';
import { epochInWords, epochStartNow } from '../epoch-start.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { sqliteOnly } from '../sqlite-only.ts';

interface RestoreOptions {
  readonly replace?: boolean;
  readonly fullCheck?: boolean;
}

export function defineDbRestore(db: Command, output: Output): void {
  db.command('restore')
    .description(
      'Put a backup in the place of the SQLite database and start a new epoch: everybody signs in again. Stop the server first.',
    )
    .argument('<file>', 'what latchkey db backup wrote')
    .option('--replace', 'put the database aside that is in the place')
    .option(
      '--full-check',
      'also compare indexes with tables and check foreign keys; takes many times as long',
    )
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey db restore /var/backups/latchkey-monday.db --replace'],
        json: '{ file, replaced: where the former database is or null, migrated: [names], sessions, challenges, messages, lastNumber }',
      }),
    )
    .action((file: string, options: RestoreOptions) => restore(file, options, output));
}

async function restore(
  backup: string,
  { replace = false, fullCheck = false }: RestoreOptions,
  output: Output,
): Promise<void> {
  const [{ readConfig }, { restoreDatabase }, { systemRandom }] = await Promise.all([
    import('../read-config.ts'),
    import('../../storage/index.ts'),
    import('../../crypto/random.ts'),
  ]);
  const database = sqliteOnly(
    (await readConfig()).database,
    'use its own tools, then run: latchkey db new-epoch',
  );
  const draft = systemRandom.uuid();
  const check = fullCheck ? 'full' : 'quick';
  const start = await epochStartNow();
  const restored = await restoreDatabase(database, backup, { replace, draft, check, ...start });
  const { file, replaced } = restored;
  const aside = replaced === null ? [] : [`The database before it is ${replaced}`];
  const change = 'Passwords, TOTP secrets and disabled accounts are as they were when the backup was made.';
  output.show(restored, [`${file} is restored.`, ...aside, epochInWords(restored, change)].join('\n'));
}
