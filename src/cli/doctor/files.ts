import type { Config } from '../../config/index.ts';
import { databaseExposure, fileExposure, modeOf } from '../../storage/sql/engines/sqlite/exposure.ts';
import { type Finding, type Judgement, objection, ok, warning } from './finding.ts';

const CHECK = 'files';

/** Whether other users of this machine can read password hashes and secrets, or put their own in their place. */
export function examineFiles({ database }: Config, hasDotEnv: boolean, judgement: Judgement): Finding[] {
  // Windows keeps no such bits, and says that everyone may read everything.
  if (process.platform === 'win32') return [];
  const hasFile = database.engine === 'sqlite' && database.path !== ':memory:';
  try {
    const exposures = [
      hasFile ? databaseExposure(database.path) : undefined,
      hasDotEnv ? fileExposure('.env', modeOf('.env'), `chmod 600 '.env'`) : undefined,
    ].filter((exposure) => exposure !== undefined);
    if (exposures.length === 0) return [ok(CHECK, 'no other user of this machine can read or change them')];
    return exposures.map(({ canDo, fix }) =>
      objection(CHECK, judgement, `every user of this machine can ${canDo}`, `run: ${fix}`),
    );
  } catch (error) {
    const { path, code } = error as NodeJS.ErrnoException;
    return [
      warning(CHECK, `${path} cannot be looked at (${code})`, 'run doctor as the user that runs Latchkey'),
    ];
  }
}
