import { join } from 'node:path';
import type { Mistake } from './config-error.ts';
import { LIKE_OURS, readDotEnv } from './dot-env.ts';
import { isServiceLink } from './service-links.ts';

/** What was set, by name: only what is ours to read. */
export type Environment = Readonly<Record<string, string>>;

export interface EnvironmentRead {
  readonly env: Environment;
  /** The names whose text comes from the `.env` file. */
  readonly fromFile: ReadonlySet<string>;
  /** What is wrong with the file itself, for `loadConfig` to report together with all other mistakes. */
  readonly fileMistakes: readonly Mistake[];
}

/** The one place that reads `process.env`, and the `.env` file of the directory that Latchkey starts in. */
export function readEnvironment({
  directory = process.cwd(),
  variables = process.env,
}: {
  readonly directory?: string;
  readonly variables?: Readonly<Record<string, string | undefined>>;
} = {}): EnvironmentRead {
  const dotEnv = readDotEnv(join(directory, '.env'));
  const file = ours(dotEnv.variables);
  const environment = ours(variables);
  return {
    // The environment wins even where it is empty: that is how a line of the file is taken back for one run.
    env: { ...file, ...environment },
    fromFile: new Set(Object.keys(file).filter((name) => !Object.hasOwn(environment, name))),
    fileMistakes: dotEnv.mistakes,
  };
}

/** Names that only look like ours are kept, too, to be reported as unknown. */
function ours(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, text] of Object.entries(variables)) {
    if (text === undefined || !LIKE_OURS.test(name) || isServiceLink(name, text)) continue;
    kept[name] = text;
  }
  return kept;
}
