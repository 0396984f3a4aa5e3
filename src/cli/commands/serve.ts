import type { Command } from 'commander';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';

export function defineServe(program: Command, output: Output): void {
  program
    .command('serve')
    .description('Start the server. This is what npm start runs.')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey serve', 'LATCHKEY_PORT=9000 latchkey serve'],
        json: 'log lines and nothing else; without it, what to try next goes to standard error unless standard output is a terminal',
      }),
    )
    .action(async () => {
      const { serve } = await import('../serving/serve.ts');
      await serve(output);
    });
}
