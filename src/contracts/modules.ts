import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  ConfigError,
  type Environment,
  type Mistake,
  readSetting,
  type Setting,
  settingGroups,
} from '../config/index.ts';
import { printable } from '../config/printable.ts';
import { contractModules } from '../config/settings/doors.ts';
import { isAdminFlowName } from '../core/admin.ts';
import { isAuthFlowName } from '../core/auth.ts';
import type { Contract } from './contract.ts';
import { contracts as ours } from './index.ts';

const NAME = /^[a-z][a-z0-9_]*$/;
const FIX_PATH =
  'write a path that begins with ./ or /, or the name of a package that is installed where Latchkey starts';
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
  const path = locate(specifier, directory);
  let exported: object;
  try {
    exported = await import(pathToFileURL(path).href);
  } catch (error) {
    throw unloadable(error, path);
  }
  const contracts = new Set(Object.values(exported).filter(isContract));
  if (contracts.size === 0) throw new UnusableModule('it exports no contract', FIX_EXPORT);
  return [...contracts];
}

/**
 * The absolute path of a module. Resolved as from a module in that directory, and not from where Latchkey is
 * installed.
 * @throws UnusableModule
 */
function locate(specifier: string, directory: string): string {
  try {
    // As an import finds it: packages may export nothing to `require`.
    const options = { conditions: new Set(['node', 'import']) };
    return createRequire(join(directory, 'latchkey.js')).resolve(specifier, options as object);
  } catch (error) {
    const { code, path: packageFile } = error as { code?: string; path?: string };
    if (code !== 'MODULE_NOT_FOUND' || packageFile !== undefined) {
      throw new UnusableModule(
        `it cannot be found: ${messageOf(error)}`,
        'fix the package.json of that package',
      );
    }
    const isPath = isAbsolute(specifier) || /^\.{1,2}\//.test(specifier);
    if (!isPath) {
      throw new UnusableModule(`no package of this name can be found from ${printable(directory)}`, FIX_PATH);
    }
    const file = resolve(directory, specifier);
    if (existsSync(file))
      throw new UnusableModule(`${printable(file)} is a directory`, 'name the file in it');
    throw new UnusableModule(`there is no file ${printable(file)}`, FIX_PATH);
  }
}

const LATCHKEY = new URL('../../', import.meta.url).href;

/** What is wrong inside of a module that was found, in which file and, where Node tells it, on which line. */
function unloadable(error: unknown, path: string): UnusableModule {
  const { file, line } = originOf(error) ?? { file: path };
  const place = printable(line === undefined ? file : `${file}:${line}`, 300);
  const problem = `it cannot be loaded: ${messageOf(error)} (${place})`;
  const { url = '' } = error as { url?: string };
  if (url.startsWith(`${LATCHKEY}dist/`)) {
    const source = 'this checkout is not built: start with NODE_OPTIONS=--conditions=latchkey-source';
    return new UnusableModule(problem, source);
  }
  const hint = line === undefined && error instanceof SyntaxError ? ', or a file that it imports' : '';
  return new UnusableModule(problem, `fix ${printable(file, 300)}${hint}`);
}

/** A line of a stack in a file, which those of Node itself are not. */
const FRAME = /^ +at (?:.*[ (])?((?:file:\/\/)?\/[^()]+):(\d+):\d+\)?$/gm;

/** The file that an error comes from, as far as the error tells. */
function originOf(error: unknown): { readonly file: string; readonly line?: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message, stack = '' } = error;
  const importer =
    / imported from (.+)$/m.exec(message)?.[1] ?? /Require stack:\n- (.+)$/m.exec(message)?.[1];
  if (importer !== undefined) return { file: importer };
  // Node puts the place of an error of syntax above the stack.
  const above = /^(\S.*):(\d+)$/.exec(stack.split('\n', 1)[0] ?? '');
  if (above?.[1] !== undefined && above[2] !== undefined) return { file: asPath(above[1]), line: above[2] };
  for (const [, file = '', line = ''] of stack.matchAll(FRAME)) {
    if (file === import.meta.url) return undefined;
    return { file: asPath(file), line };
  }
  return undefined;
}

const asPath = (place: string) => (place.startsWith('file://') ? fileURLToPath(place) : place);

function messageOf(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  return printable(line, 300);
}

function isContract(value: unknown): value is Contract {
  if (typeof value !== 'object' || value === null) return false;
  const { name, settings, flows, mounts } = value as Partial<Record<keyof Contract, unknown>>;
  const hasSettings = typeof settings === 'object' && settings !== null;
  return typeof name === 'string' && hasSettings && Array.isArray(flows) && typeof mounts === 'function';
}

function isSetting(value: unknown): value is Setting {
  if (typeof value !== 'object' || value === null) return false;
  const { name, kind } = value as Partial<Setting>;
  return typeof name === 'string' && typeof kind?.parse === 'function';
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
  const malformed = Object.entries(contract.settings).find(([, setting]) => !isSetting(setting));
  if (malformed !== undefined) {
    throw new UnusableModule(
      `its setting ${printable(malformed[0])} is not made of name, kind and description`,
      FIX_EXPORT,
    );
  }
  try {
    settingGroups([...others, contract]);
  } catch (error) {
    throw new UnusableModule(String(error instanceof Error ? error.message : error), 'rename the setting');
  }
}
