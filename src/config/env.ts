import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.ts';
import { isServiceLink } from './service-links.ts';

/** What was set, by name: only what is ours to read. */
export type Environment = Readonly<Record<string, string>>;

export interface EnvironmentRead {
  readonly env: Environment;
  /** The names whose text comes from the `.env` file. */
  readonly fromFile: ReadonlySet<string>;
}

/** The one place that reads `process.env`, and the `.env` file of the directory that Latchkey starts in. */
export function readEnvironment({
  directory = process.cwd(),
  variables = process.env,
}: {
  readonly directory?: string;
  readonly variables?: Readonly<Record<string, string | undefined>>;
} = {}): EnvironmentRead {
  const file = ours(readDotEnv(join(directory, '.env')));
  const environment = ours(variables);
  return {
    // The environment wins even where it is empty: that is how a line of the file is taken back for one run.
    env: { ...file, ...environment },
    fromFile: new Set(Object.keys(file).filter((name) => !Object.hasOwn(environment, name))),
  };
}

function ours(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, text] of Object.entries(variables)) {
    if (text === undefined || !name.startsWith('LATCHKEY_') || isServiceLink(name, text)) continue;
    kept[name] = text;
  }
  return kept;
}

function readDotEnv(path: string): Readonly<Record<string, string | undefined>> {
  try {
    // A byte order mark would become part of the first name, and that line would be ignored.
    return parseEnv(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return {};
    const fix =
      code === 'EISDIR' ? 'remove the directory or put a file there' : `check the rights of ${path}`;
    throw new ConfigError([{ name: '.env', problem: `${path} cannot be read (${code})`, fix }]);
  }
}
