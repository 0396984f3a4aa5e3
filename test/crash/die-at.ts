/**
 * Loaded into a server before it starts (`node --import`): kills it with SIGKILL at a named point, and lets its clock
 * run ahead. All of this is wrapped around the server from outside, so that nothing of it is in `src/`.
 */
import { ServerResponse } from 'node:http';
import type { CompiledQuery } from 'kysely';
import { PostgresConnection } from '../../src/storage/sql/engines/postgres/connection.ts';
import { Lease } from '../../src/storage/sql/engines/sqlite/lease.ts';
import { type Death, MIGRATING, type Point, STOPPING } from './points.ts';

const { CRASH_AT, CRASH_CLOCK_AHEAD_MS = '0' } = process.env as Readonly<Record<string, string>>;
const death: Death | undefined = CRASH_AT === undefined ? undefined : JSON.parse(CRASH_AT);

const aheadMs = Number(CRASH_CLOCK_AHEAD_MS);
const { now } = Date;
Date.now = () => now() + aheadMs;

let left = death?.nth ?? 0;
function reached(...points: readonly Point[]): void {
  if (death === undefined || !points.includes(death.point)) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const before: readonly [RegExp, Point][] = [
  [/^update "outbox" set "state" = /, 'message delivered, not settled'],
  [/^pragma wal_checkpoint/, STOPPING],
];
const after: readonly [RegExp, Point][] = [
  [/^insert into "lockouts"/, 'attempt counted, password not compared'],
  [/^insert into "totp_steps"/, 'TOTP spent, no session yet'],
  [/^update "refresh_tokens" set "exchanged_at"/, 'refresh token exchanged, no successor yet'],
  [/update "outbox" set "claimed_until" = .*"attempts" \+/, 'messages claimed, none delivered'],
  [/^update "outbox" set "state" = .*'?"id" = /, 'message settled'],
  [/^(create|alter) /, MIGRATING],
];
const pointsFor = (table: readonly [RegExp, Point][], sql: string) =>
  table.filter(([pattern]) => pattern.test(sql)).map(([, point]) => point);

type Execute = (query: CompiledQuery) => Promise<{ rows: unknown[] }>;

function watchQueries(connection: { prototype: object }, inTransaction: (self: never) => boolean): void {
  const prototype = connection.prototype as { executeQuery: Execute };
  const execute = prototype.executeQuery;
  prototype.executeQuery = async function (this: never, query) {
    reached(...pointsFor(before, query.sql));
    const result = await execute.call(this, query);
    const claimedNothing = result.rows.length === 0 && /"claimed_until" = .*returning/.test(query.sql);
    if (!claimedNothing) reached(...pointsFor(after, query.sql));
    if (inTransaction(this)) reached('inside a transaction');
    else if (/^(insert|update|delete)/.test(query.sql)) reached('a single statement done, not answered');
    return result;
  };
}

watchQueries(Lease, (lease: Lease) => lease.isInTransaction);
const { run } = Lease.prototype;
Lease.prototype.run = async function (sql) {
  if (sql === 'commit') reached('before a commit');
  await run.call(this, sql);
  if (sql === 'commit') reached('committed, not answered');
};

const begun = new WeakSet<object>();
watchQueries(PostgresConnection, (connection: PostgresConnection) => begun.has(connection));
const { begin, commit } = PostgresConnection.prototype;
PostgresConnection.prototype.begin = async function () {
  await begin.call(this);
  begun.add(this);
};
PostgresConnection.prototype.commit = async function () {
  begun.delete(this);
  reached('before a commit');
  const answer = await commit.call(this);
  reached('committed, not answered');
  return answer;
};

const end = ServerResponse.prototype.end as (...given: unknown[]) => ServerResponse;
ServerResponse.prototype.end = function (this: ServerResponse, ...given: unknown[]) {
  const changedSomething = this.req.method !== 'GET' && this.statusCode === 200;
  if (changedSomething) reached('answer ready, not sent');
  const response = end.apply(this, given);
  if (changedSomething) reached('answer handed to the socket');
  return response;
} as typeof ServerResponse.prototype.end;
