import { systemClock } from '../../base.ts';
import type { Config } from '../../config/index.ts';
import { DatabaseUnusable } from '../../storage/errors.ts';
import { examineServer } from '../../storage/index.ts';
import type { PostgresLocation } from '../../storage/location.ts';
import { failureOf } from '../failure.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const CHECK = 'database';
const OLDEST_MAJOR = 15;
/** The one that hears of changes to sessions. */
const LISTENING = 1;
/** Of the connections that the server has: others want some, too, and a deployment runs twice as many for a while. */
const FAIR_SHARE = 0.8;

/** The server itself, whatever is in it. A server that does not answer is one finding, and the last. */
export async function examineServerOf(
  { workers, databasePool }: Config,
  database: PostgresLocation,
): Promise<{ reached: boolean; findings: Finding[] }> {
  try {
    const facts = await examineServer(database, systemClock.now);
    const findings = [
      ofVersion(facts.version, facts.majorVersion),
      ofConnections(workers, databasePool, facts.maxConnections),
      ofClock(facts.clockAheadMs),
    ];
    return { reached: true, findings };
  } catch (error) {
    if (error instanceof DatabaseUnusable) {
      return { reached: false, findings: [problem(CHECK, error.problem, error.fix)] };
    }
    const message = failureOf(error)?.message ?? String(error);
    const fix = 'start PostgreSQL, or correct LATCHKEY_DATABASE_URL';
    return { reached: false, findings: [problem(CHECK, message, fix)] };
  }
}

/**
 * Tokens that are issued more than 60 s in the future are refused. Two machines that are each less than half of that
 * away from the database are never that far apart.
 */
const CLOCKS_DIFFER_MS = 30_000;
const CLOCKS_DRIFT_MS = 5_000;

function ofClock(aheadMs: number): Finding {
  const seconds = Math.abs(Math.round(aheadMs / 1_000));
  const what = `the clock here is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} that of PostgreSQL`;
  if (Math.abs(aheadMs) < CLOCKS_DRIFT_MS) return ok('clock', 'the clocks here and at PostgreSQL agree');
  const fix = 'set both clocks by one time server (NTP)';
  if (Math.abs(aheadMs) < CLOCKS_DIFFER_MS) return warning('clock', what, fix);
  return problem('clock', `${what}: machines whose clocks differ by 60 s refuse tokens of each other`, fix);
}

function ofVersion(version: string, major: number): Finding {
  if (major >= OLDEST_MAJOR) return ok(CHECK, `PostgreSQL ${version}`);
  return problem(CHECK, `PostgreSQL ${version} is too old`, `install PostgreSQL ${OLDEST_MAJOR} or newer`);
}

function ofConnections(processes: number, pool: number, most: number): Finding {
  const wanted = processes * (pool + LISTENING);
  const what = `processes × (LATCHKEY_DATABASE_POOL + ${LISTENING}) = ${processes} × (${pool} + ${LISTENING}) = ${wanted} of ${most} connections that the server takes`;
  if (wanted <= most * FAIR_SHARE) return ok('connections', what);
  return warning('connections', what, 'raise max_connections of PostgreSQL, or lower LATCHKEY_DATABASE_POOL');
}
