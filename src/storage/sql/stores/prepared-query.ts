import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { PreparedStatement, SqlDialectFacts, SqlEngine } from '../engines/engine.ts';
import type { Tables } from '../tables/index.ts';

class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Holes<Parameters> = { readonly [Name in keyof Parameters]: Parameters[Name] };

/** One name for one text, in whichever store and for whichever database it was built. */
const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `latchkey_${names.size + 1}`;
  names.set(text, name);
  return name;
}

/**
 * A query that is built and compiled once and run with new parameters: for the few that every request makes,
 * where building costs more than running.
 */
export class PreparedQuery<Parameters extends Record<string, unknown>, Row> {
  readonly #compiled: CompiledQuery<Row> & PreparedStatement;

  /** @param build gets a stand-in for each parameter; it may pass them on, not look into them. */
  constructor(build: (holes: Holes<Parameters>) => Compilable<Row>) {
    const holes = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) });
    const compiled = build(holes as Holes<Parameters>).compile();
    this.#compiled = { ...compiled, statementName: nameOf(compiled.sql) };
  }

  async run(database: Kysely<Tables>, values: Parameters): Promise<Row[]> {
    const query: CompiledQuery<Row> & PreparedStatement = {
      ...this.#compiled,
      parameters: this.#compiled.parameters.map((parameter) =>
        parameter instanceof Placeholder ? values[parameter.name] : parameter,
      ),
    };
    const { rows } = await database.executeQuery<Row>(query);
    return rows;
  }
}

/**
 * A prepared query that is built for an engine when it is first run there. For those of a sign-in: after a password
 * hash has swept the processor's caches, building a query costs a good part of a millisecond.
 */
export function prepared<Parameters extends Record<string, unknown>, Row>(
  build: (database: Kysely<Tables>, holes: Holes<Parameters>, dialect: SqlDialectFacts) => Compilable<Row>,
): (engine: SqlEngine) => PreparedQuery<Parameters, Row> {
  const built = new WeakMap<SqlEngine, PreparedQuery<Parameters, Row>>();
  return (engine) => {
    const known = built.get(engine);
    if (known !== undefined) return known;
    const query = new PreparedQuery<Parameters, Row>((holes) => build(engine.write, holes, engine.dialect));
    built.set(engine, query);
    return query;
  };
}
