import { type Command, Option } from 'commander';
import { inColumns } from '../columns.ts';
import type { Diagnosis } from '../doctor/examine.ts';
import { exitCodes } from '../exit-codes.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';

interface DoctorOptions {
  readonly environment?: string;
}

export function defineDoctor(program: Command, output: Output): void {
  program
    .command('doctor')
    .description('Say what is missing or wrong, and how to mend it. Exit code 1 if there is a problem.')
    .addOption(
      new Option(
        '--environment <name>',
        'judge as if this were it, whatever LATCHKEY_ENVIRONMENT says',
      ).choices(['development', 'test', 'production']),
    )
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey doctor', 'latchkey doctor --environment production'],
        json: '{ environment, findings: [{ check, status: ok | warning | problem, what, fix }], warnings, problems }',
      }),
    )
    .action(async ({ environment }: DoctorOptions) => {
      const { examine } = await import('../doctor/examine.ts');
      const diagnosis = await examine(environment);
      const count = (status: string) =>
        diagnosis.findings.filter((finding) => finding.status === status).length;
      const [problems, warnings] = [count('problem'), count('warning')];
      const summary = `Judged for ${diagnosis.environment}: problems: ${problems}, warnings: ${warnings}.`;
      output.show({ ...diagnosis, warnings, problems }, `${inText(diagnosis)}\n\n${summary}`);
      if (problems > 0) process.exitCode = exitCodes.unexpected;
    });
}

function inText({ findings }: Diagnosis): string {
  return inColumns(
    findings.flatMap(({ check, status, what, fix }) => [
      [status, check, what],
      ...(fix === null ? [] : [['', '', `  Fix: ${fix}`]]),
    ]),
  );
}
