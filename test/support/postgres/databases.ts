import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { loadConfig } from '../../../src/config/index.ts';
import { openStorage, type PostgresLocation } from '../../../src/storage/index.ts';
import { sharedPostgres, sharedTemplate } from '../environment.ts';
import { startPostgres } from './server.ts';

/** A database of its own on the server that all tests share. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly location: PostgresLocation;
}

/** `npm test` starts one server for all test files; a file that is run alone starts its own. */
let server: Promise<string> | undefined;
const serverUrl = () => {
  server ??=
    sharedPostgres === undefined
      ? startPostgres().then(({ url }) => url('postgres'))
      : Promise.resolve(sharedPostgres);
  return server;
};

export function locationOf(url: string): PostgresLocation {
  const { database } = loadConfig({ LATCHKEY_DATABASE_URL: url }, { contracts: [] });
  if (database.engine !== 'postgres') throw new Error(`${url} is not PostgreSQL`);
  return database;
}

export async function administer(url: string, ...statements: readonly string[]): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** Made by `scripts/test.ts`, or when a file that is run alone first needs it: copying it is a tenth of migrating. */
let template = sharedTemplate === undefined ? undefined : Promise.resolve(sharedTemplate);

/** A migrated database to copy. @returns its name */
export async function makeTemplate(admin: string): Promise<string> {
  const name = `template_${process.pid}_${randomUUID().slice(0, 8)}`;
  await administer(admin, `create database ${name}`);
  const location = locationOf(urlOf(admin, name));
  const { storage } = await openStorage(location, { migrations: 'run' });
  await storage.close();
  return name;
}

const urlOf = (admin: string, name: string) => admin.replace(/\/[^/]*$/, `/${name}`);

/** @param options.isEmpty without schema */
export async function createDatabase({ isEmpty = false } = {}): Promise<TestDatabase> {
  const admin = await serverUrl();
  if (!isEmpty) template ??= makeTemplate(admin);
  const from = isEmpty ? 'template1' : await template;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // A third of the work of the standard strategy, which writes each page to the log.
  await administer(admin, `create database ${name} template ${from} strategy file_copy`);
  const url = urlOf(admin, name);
  return {
    url,
    location: locationOf(url),
    async [Symbol.asyncDispose]() {
      await administer(admin, `drop database ${name} with (force)`);
    },
  };
}
