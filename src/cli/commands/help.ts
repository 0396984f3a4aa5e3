import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';

/** Unlike commander's own it also finds the commands of a group: `latchkey help user create`. */
export function defineHelp(program: Command): void {
  program
    .command('help')
    .description('Show the help of a command.')
    .argument('[command...]')
    .action((names: readonly string[]) => {
      const named = names.reduce<Command>((group, name) => {
        const command = group.commands.find((candidate) => candidate.name() === name);
        if (command === undefined) throw usageError(`there is no such command; try: latchkey help`);
        return command;
      }, program);
      named.help();
    });
}
