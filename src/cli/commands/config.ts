import type { Command } from 'commander';
import { inColumns } from '../columns.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';

export function defineConfig(program: Command, output: Output): void {
  program
    .command('config')
    .description('Show the settings in force and where they come from. Secrets are masked.')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey config'],
        json: '{ settings: [{ name, value, source: default | environment | file }], warnings }',
      }),
    )
    .action(async () => {
      const { showConfig } = await import('../../config/index.ts');
      const { readConfig } = await import('../read-config.ts');
      const config = await readConfig();
      const settings = showConfig(config);
      const rows = settings.map(({ name, value, source }) => [name, value ?? '-', source]);
      const warnings = config.warnings.map((warning) => `\nwarning: ${warning}`);
      const text = [inColumns([['name', 'value', 'source'], ...rows]), ...warnings].join('\n');
      output.show({ settings, warnings: config.warnings }, text);
    });
}
