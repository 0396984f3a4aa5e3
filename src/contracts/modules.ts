import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, type Environment, type Mistake, readSetting, settingGroups } from '../config/index.ts';
import { printable } from '../config/printable.ts';
import { contractModules } from '../config/settings/doors.ts';
import { isAdminFlowName } from '../core/admin.ts';
import { isAuthFlowName } from '../core/auth.ts';
import type { Contract } from './contract.ts';
import { contracts as ours } from './index.ts';

const NAME = /^[a-z][a-z0-9_]*$/;
const FIX_PATH =
  'write a path that begins with ./ or /, or the name of a package that is installed where Latchkey starts';
const FIX_MODULE = 'fix the module: its code failed during the import';
const FIX_EXPORT = 'export an object with name, settings, flows and mounts (docs/recipes/add-a-contract.md)';

/**
 * Imports the modules of LATCHKEY_CONTRACT_MODULES and returns the contracts that they export, in the order of the list.
 * @param directory from which paths and packages are resolved
 * @throws {ConfigError} with a mistake for each module that cannot be used
 */
export async function loadContractModules(env: Environment, directory = process.cwd()): Promise<Contract[]> {
  const loaded: Contract[] = [];
  const mistakes: Mistake[] = [];
  for (const specifier of readSetting(env, contractModules)) {
    try {
      for (const contract of await contractsIn(specifier, directory)) {
        assertMountable(contract, [...ours, ...loaded]);
        loaded.push(contract);
      }
    } catch (error) {
      if (!(error instanceof UnusableModule)) throw error;
      const { message: problem, fix } = error;
      mistakes.push({ name: contractModules.name, given: printable(specifier), problem, fix });
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return loaded;
}

class UnusableModule extends Error {
  readonly fix: string;

  constructor(problem: string, fix: string) {
    super(problem);
    this.fix = fix;
  }
}

async function contractsIn(specifier: string, directory: string): Promise<Contract[]> {
  const unloadable = (error: unknown, fix: string) => {
    const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return new UnusableModule(`it cannot be loaded: ${printable(line, 300)}`, fix);
  };
  let path: string;
  try {
    // Resolved as from a module in that directory, and not from where Latchkey is installed.
    path = createRequire(join(directory, 'latchkey.js')).resolve(specifier);
  } catch (error) {
    throw unloadable(error, FIX_PATH);
  }
  let exported: object;
  try {
    exported = await import(pathToFileURL(path).href);
  } catch (error) {
    throw unloadable(error, FIX_MODULE);
  }
  const contracts = new Set(Object.values(exported).filter(isContract));
  if (contracts.size === 0) throw new UnusableModule('it exports no contract', FIX_EXPORT);
  return [...contracts];
}

function isContract(value: unknown): value is Contract {
  if (typeof value !== 'object' || value === null) return false;
  const { name, settings, flows, mounts } = value as Partial<Record<keyof Contract, unknown>>;
  const hasSettings = typeof settings === 'object' && settings !== null;
  return typeof name === 'string' && hasSettings && Array.isArray(flows) && typeof mounts === 'function';
}

/** @throws UnusableModule */
function assertMountable(contract: Contract, others: readonly Contract[]): void {
  const { name } = contract;
  if (!NAME.test(name) || name === 'all') {
    throw new UnusableModule(
      `its contract has the name ${printable(name)}`,
      'use lower-case letters, digits and underscores; the name all is reserved',
    );
  }
  if (others.some((other) => other.name === name)) {
    throw new UnusableModule(`there is another contract ${name}`, 'give it another name');
  }
  const unknown = contract.flows.find((flow) => !isAuthFlowName(flow) && !isAdminFlowName(flow));
  if (unknown !== undefined) {
    throw new UnusableModule(`there is no flow ${printable(unknown)}`, 'list flows that core has');
  }
  try {
    settingGroups([...others, contract]);
  } catch (error) {
    throw new UnusableModule(String(error instanceof Error ? error.message : error), 'rename the setting');
  }
}
