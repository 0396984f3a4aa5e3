import type { Command } from 'commander';
import type { DatabaseLocation } from '../../storage/location.ts';
import { usageError } from '../cli-error.ts';
import { inColumns } from '../columns.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { Progress } from '../progress.ts';

interface CopyOptions {
  readonly from?: string;
  readonly to?: string;
}

const LEFT_OUT = 'left out: LATCHKEY_DATABASE_URL';

export function defineDbCopy(db: Command, output: Output): void {
  db.command('copy')
    .description(
      'Copy everything into an empty database of either engine, and compare the two. Stop the server first. Cut off, the same command goes on.',
    )
    .option('--from <url>', `sqlite:<file> or postgres://…; ${LEFT_OUT}`)
    .option('--to <url>', `an empty database, with or without schema; ${LEFT_OUT}`)
    .addHelpText(
      'after',
      notes({
        examples: [
          'latchkey db copy --from sqlite:data/latchkey.db --to postgres://latchkey@db.example.com/latchkey',
          'LATCHKEY_DATABASE_URL=postgres://… latchkey db copy --from sqlite:data/latchkey.db',
        ],
        json: '{ resumed, tables: [{ table, rows, sha256 }] }',
      }),
    )
    .action((options: CopyOptions) => copy(options, output));
}

async function copy({ from, to }: CopyOptions, output: Output): Promise<void> {
  if (from === undefined && to === undefined) throw usageError('name one of them at least: --from or --to');
  const { copyBetween } = await import('../../storage/index.ts');
  const source = await locate('--from', from, output);
  const target = await locate('--to', to, output);
  const progress = new Progress(output);
  try {
    const copied = await copyBetween(source, target, {
      onProgress: ({ step, table, done, total }) => progress.show({ label: `${step} ${table}`, done, total }),
    });
    progress.end();
    const rows = copied.tables.map(({ table, rows, sha256 }) => [table, String(rows), sha256]);
    const text = [inColumns([['TABLE', 'ROWS', 'SHA-256'], ...rows]), '', 'Both databases hold the same.'];
    output.show(copied, text.join('\n'));
  } finally {
    progress.end();
  }
}

/** Never repeats what was given: it may hold a password. */
async function locate(option: string, given: string | undefined, output: Output): Promise<DatabaseLocation> {
  const [{ database, InvalidValue }, { readConfig }] = await Promise.all([
    import('../../config/index.ts'),
    import('../read-config.ts'),
  ]);
  if (given === undefined) return (await readConfig()).database;
  try {
    const parsed = database().parse(given);
    if (parsed.engine === 'postgres' && parsed.password !== undefined) {
      output.warn(
        `the password in ${option} can be seen in the list of processes; leave ${option} out and set LATCHKEY_DATABASE_URL`,
      );
    }
    return parsed;
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw usageError(`${option}: ${error.message}; it must be ${database().expects}`);
  }
}
