/**
 * What is missing or wrong. Looks at settings, files, database, other systems and the machine; changes nothing,
 * sends nothing to anybody, and never shows a secret.
 */
import { readEnvironment } from '../../config/index.ts';
import { examineAddress } from './address.ts';
import { examineDatabase } from './database.ts';
import { examineFiles } from './files.ts';
import type { Finding, Judgement } from './finding.ts';
import { examineHashing } from './hashing.ts';
import { examineMachine } from './machine.ts';
import { examineMessages } from './messages.ts';
import { examineSecret } from './secret.ts';
import { examineSettings } from './settings.ts';

export interface Diagnosis {
  /** As which environment it was judged. */
  readonly environment: string;
  readonly findings: readonly Finding[];
}

export async function examine(judgeAs: string | undefined): Promise<Diagnosis> {
  const read = readEnvironment();
  const { environment, config, findings } = examineSettings(read, judgeAs);
  const judgement: Judgement = { inProduction: environment === 'production' };
  if (config === undefined) return { environment, findings: [...findings, ...examineMachine()] };
  return {
    environment,
    findings: [
      ...findings,
      ...(await examineSecret(config, judgement)),
      ...(await examineDatabase(config)),
      ...examineFiles(config, read.fromFile.size > 0, judgement),
      ...(await examineMessages(config, judgement)),
      ...examineAddress(config),
      ...(await examineHashing(config)),
      ...examineMachine(),
    ],
  };
}
