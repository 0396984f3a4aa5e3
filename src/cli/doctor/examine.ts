/**
 * What is missing or wrong. Looks at settings, files, database, other systems and the machine; changes nothing,
 * sends nothing to anybody, and never shows a secret.
 */
import { ConfigError, type EnvironmentRead, type Mistake, readEnvironment } from '../../config/index.ts';
import { type Contract, contracts as ours } from '../../contracts/index.ts';
import { loadContractModules } from '../../contracts/modules.ts';
import { examineAddress } from './address.ts';
import { examineDatabase } from './database.ts';
import { examineFiles } from './files.ts';
import { type Finding, type Judgement, problem } from './finding.ts';
import { examineHashing } from './hashing.ts';
import { examineMachine } from './machine.ts';
import { examineMessages } from './messages.ts';
import { examineSecret } from './secret.ts';
import { examineSettings, findingOf } from './settings.ts';

export interface Diagnosis {
  /** As which environment it was judged. */
  readonly environment: string;
  readonly findings: readonly Finding[];
}

export async function examine(judgeAs: string | undefined): Promise<Diagnosis> {
  const read = readEnvironment();
  const { contracts, mistakes } = await readContracts(read);
  const examined = examineSettings(read, contracts, judgeAs);
  const { environment, config } = examined;
  // Without a module its settings have names that nothing knows: only the module is to be reported.
  const findings =
    mistakes.length > 0 ? mistakes.map((mistake) => findingOf(mistake, problem)) : examined.findings;
  const judgement: Judgement = { inProduction: environment === 'production' };
  if (config === undefined) return { environment, findings: [...findings, ...examineMachine()] };
  const database = await examineDatabase(config);
  const isSecretRefused = database.some(({ check, status }) => check === 'secret' && status === 'problem');
  return {
    environment,
    findings: [
      ...findings,
      // What the database says of the secret is the whole truth: nothing beside it may say that all is well.
      ...(isSecretRefused ? [] : await examineSecret(config, judgement)),
      ...database,
      ...examineFiles(config, read.fromFile.size > 0, judgement),
      ...(await examineMessages(config, judgement)),
      ...examineAddress(config),
      ...(await examineHashing(config)),
      ...examineMachine(),
    ],
  };
}

interface ContractsRead {
  readonly contracts: readonly Contract[];
  readonly mistakes: readonly Mistake[];
}

async function readContracts({ env }: EnvironmentRead): Promise<ContractsRead> {
  try {
    return { contracts: [...ours, ...(await loadContractModules(env))], mistakes: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { contracts: ours, mistakes: error.mistakes };
  }
}
