import type { Command } from 'commander';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { sqliteOnly } from '../sqlite-only.ts';

const KIB = 1024;

export function defineDbBackup(db: Command, output: Output): void {
  db.command('backup')
    .description('Write a SQLite database to a new file, while servers go on. PostgreSQL: docs/backup.md.')
    .argument('<file>', 'the new file; one that is there is never replaced')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey db backup /var/backups/latchkey-monday.db'],
        json: '{ file: absolute path, bytes }',
      }),
    )
    .action((file: string) => backup(file, output));
}

async function backup(to: string, output: Output): Promise<void> {
  const [{ readConfig }, { backupDatabase }, { systemRandom }] = await Promise.all([
    import('../read-config.ts'),
    import('../../storage/index.ts'),
    import('../../crypto/random.ts'),
  ]);
  const database = sqliteOnly(readConfig().database, 'use pg_dump or WAL archiving');
  const made = backupDatabase(database, to, `draft-${systemRandom.uuid()}`);
  const size = `${Math.ceil(made.bytes / KIB)} KiB`;
  const text = `${made.file}: ${size}, examined.\nThe secret is not in it: keep it, too, and elsewhere.`;
  output.show(made, text);
}
