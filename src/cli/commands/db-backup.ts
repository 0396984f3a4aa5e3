import type { Command } from 'commander';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { sqliteOnly } from '../sqlite-only.ts';

const KIB = 1024;

interface BackupOptions {
  readonly fullCheck?: boolean;
}

export function defineDbBackup(db: Command, output: Output): void {
  db.command('backup')
    .description('Write a SQLite database to a new file, while servers go on. PostgreSQL: docs/backup.md.')
    .argument('<file>', 'the new file; one that is there is never replaced')
    .option(
      '--full-check',
      'also compare indexes with tables and check foreign keys; takes many times as long',
    )
    .addHelpText(
      'after',
      notes({
        examples: [
          'latchkey db backup /var/backups/latchkey-monday.db',
          'latchkey db backup /var/backups/latchkey-january.db --full-check',
        ],
        json: '{ file: absolute path, bytes, check: quick | full }',
      }),
    )
    .action((file: string, { fullCheck = false }: BackupOptions) => backup(file, fullCheck, output));
}

async function backup(to: string, fullCheck: boolean, output: Output): Promise<void> {
  const [{ readConfig }, { backupDatabase }, { systemRandom }] = await Promise.all([
    import('../read-config.ts'),
    import('../../storage/index.ts'),
    import('../../crypto/random.ts'),
  ]);
  const database = sqliteOnly((await readConfig()).database, 'use pg_dump or WAL archiving');
  const draft = `draft-${systemRandom.uuid()}`;
  const made = backupDatabase(database, to, { draft, check: fullCheck ? 'full' : 'quick' });
  const size = `${Math.ceil(made.bytes / KIB)} KiB`;
  const text = `${made.file}: ${size}, ${made.check} check passed.\nThe secret is not in it: keep it, too, and elsewhere.`;
  output.show(made, text);
}
