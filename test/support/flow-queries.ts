/**
 * What each flow asks of the database, and by which index, written down while a real server serves it. For
 * docs/queries.md, and for the promise that no request searches through a table.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startTestServer } from './server.ts';
import { send, type WireRequest } from './wire.ts';
import { commitsOf, isStatement, Wiretap } from './wiretap.ts';

/** One statement of a flow, however often it was run. */
export interface FlowQuery {
  readonly verb: string;
  readonly table: string;
  /** What it searches, in the planner's own words. */
  readonly plan: readonly string[];
}

export interface FlowQueries {
  readonly flow: string;
  readonly commits: number;
  readonly queries: readonly FlowQuery[];
}

const PASSWORD = 'MySecretPassword123';
const OTHER_PASSWORD = 'another fine passphrase';
const DELIVERY = /^(update|with).*"outbox"/;

function describe(database: DatabaseSync, sql: string): FlowQuery {
  const [verb = ''] = sql.split(' ');
  const [, table = ''] = /(?:into|update|from) "(\w+)"/.exec(sql) ?? [];
  const rows = database.prepare(`explain query plan ${sql}`).all() as { detail: string }[];
  const plan = rows.map(({ detail }) => detail).filter((detail) => /^(SEARCH|SCAN)/.test(detail));
  return { verb, table, plan: [...new Set(plan)] };
}

/** Serves each flow once and returns what it asked, in the order of a person's life. */
export async function flowQueries(): Promise<readonly FlowQueries[]> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-queries-'));
  const path = join(directory, 'latchkey.db');
  using wiretap = new Wiretap();
  const server = await startTestServer({ directory, env: { LATCHKEY_DATABASE_URL: `sqlite:${path}` } });
  const database = new DatabaseSync(path, { readOnly: true });
  const flows: FlowQueries[] = [];

  const deliveries = new Set<string>();

  function add(name: string, heard: readonly string[]): void {
    const statements = [...new Set(heard.filter(isStatement))];
    const queries = statements.map((sql) => describe(database, sql));
    flows.push({ flow: name, commits: commitsOf(heard), queries });
  }

  /** The outbox worker goes its own ways beside a flow; a flow only adds. */
  async function listen<T>(run: () => Promise<T>): Promise<{ answer: T; heard: string[] }> {
    const answer = await run();
    const [heard, delivery] = [[], []] as [string[], string[]];
    for (const sql of wiretap.take()) (DELIVERY.test(sql) ? delivery : heard).push(sql);
    for (const sql of delivery) deliveries.add(sql);
    return { answer, heard };
  }

  async function flow<T>(name: string, run: () => Promise<T>): Promise<T> {
    await listen(async () => {});
    const { answer, heard } = await listen(run);
    add(name, heard);
    return answer;
  }
  /** A request that must succeed, unless another status is named. */
  async function ask(path: string, request: WireRequest, status = 200) {
    const answer = await send(`${server.url}${path}`, request);
    if (answer.status !== status) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }
  const auth = (path: string, json: unknown, more: WireRequest = {}, status = 200) =>
    ask(`/api/v1/auth/${path}`, { json, ...more }, status);
  const codeFor = async (to: string): Promise<string> => (await server.messages(to))[0]?.code ?? '';

  const identifier = 'person@example.com';
  await flow('Sign up', () => auth('signup', { identifier, password: PASSWORD }));
  const code = await codeFor(identifier);
  await flow('Confirm a sign-up', () => auth('signup/confirm', { identifier, code }));
  const login = () => auth('login/basic', { identifier, password: PASSWORD });
  const { access, refresh } = await flow('Sign in', login);
  const wrong = { identifier, password: 'not the password' };
  await flow('Sign in with a wrong password', () => auth('login/basic', wrong, {}, 401));
  const check = () => ask('/api/v1/me', { bearer: access });
  await flow('Check a token, first in a minute', check);
  await check();
  await flow('Check a token while nothing was committed', check);
  await flow('Refresh', () => auth('token/refresh', { refresh }));
  await flow('Ask for a code to sign in', () => auth('login/passwordless', { identifier }));
  const signInCode = await codeFor(identifier);
  await flow('Sign in with a code', () =>
    auth('login/passwordless/confirm', { identifier, code: signInCode }),
  );
  await flow('Ask for a recovery code', () => auth('password/reset', { identifier }));
  const recovery = { identifier, code: await codeFor(identifier) };
  const fresh = { new_password: OTHER_PASSWORD, confirm_password: OTHER_PASSWORD };
  await flow('Recover', () => auth('password/reset/confirm', { ...recovery, ...fresh }));
  const { access: bearer } = await auth('login/basic', { identifier, password: OTHER_PASSWORD });
  const newEmail = { new_email: 'other@example.com', current_password: OTHER_PASSWORD };
  await flow('Ask to change the address', () => auth('email/change', newEmail, { bearer }));
  const change = { identifier: 'other@example.com', code: await codeFor('other@example.com') };
  await flow('Change the address', () => auth('email/change/confirm', change, { bearer }));
  const again = { old_password: OTHER_PASSWORD, new_password: PASSWORD, confirm_password: PASSWORD };
  const { access: last } = await auth('login/basic', {
    ...newEmail,
    identifier: 'other@example.com',
    password: OTHER_PASSWORD,
  });
  await flow('Change the password', () => auth('password/change', again, { bearer: last }));
  const { app } = server;
  const { id: accountId = '' } =
    (await app.admin.searchAccounts({ text: 'other@example.com', limit: 1 }))[0] ?? {};
  await flow('Find accounts (`latchkey user find`)', () =>
    app.admin.searchAccounts({ text: 'other', limit: 20 }),
  );
  const type = 'sign_in_failed';
  for (const [by, filter] of [
    ['by account', { accountId }],
    ['by type', { type }],
    ['by account and type', { accountId, type }],
    ['by time', { since: server.clock.now() }],
  ] as const) {
    await flow(`Read audit events ${by} (\`latchkey audit list\`)`, () =>
      app.storage.audit.list({ ...filter, limit: 50 }),
    );
  }
  await flow('Delete what is over (every ten minutes)', () => server.app.maintenance.purge());
  add('Deliver a message, beside the requests', [...deliveries].toSorted());

  database.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
  return flows;
}
