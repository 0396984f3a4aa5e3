import type { Command } from 'commander';
import type { DatabaseLocation } from '../../storage/location.ts';
import { exitCodes } from '../exit-codes.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';

interface MigrateOptions {
  readonly check?: true;
}

export function defineMigrate(program: Command, output: Output): void {
  program
    .command('migrate')
    .description('Bring the database up to this version. Safe while a server runs on it.')
    .option('--check', 'change nothing; exit code 4 if migrations are pending')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey migrate', 'latchkey migrate --check'],
        json: '{ migrated: [names] }, or with --check { pending: [names] }',
      }),
    )
    .action(async ({ check }: MigrateOptions) => {
      const { readConfig } = await import('../read-config.ts');
      const { database } = await readConfig();
      if (check) await report(database, output);
      else await migrate(database, output);
    });
}

async function migrate(database: DatabaseLocation, output: Output): Promise<void> {
  const { openStorage } = await import('../../storage/index.ts');
  const { storage, migrated } = await openStorage(database, { migrations: 'run' });
  await storage.close();
  output.show({ migrated }, migrated.length === 0 ? UP_TO_DATE : `Migrated:\n  ${migrated.join('\n  ')}`);
}

async function report(database: DatabaseLocation, output: Output): Promise<void> {
  const { pendingIn } = await import('../pending-in.ts');
  const pending = await pendingIn(database);
  output.show({ pending }, pending.length === 0 ? UP_TO_DATE : `Pending:\n  ${pending.join('\n  ')}`);
  if (pending.length > 0) process.exitCode = exitCodes.refused;
}

const UP_TO_DATE = 'The database is up to date.';
