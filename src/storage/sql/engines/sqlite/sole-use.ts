import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './faults.ts';
import { explainOpening } from './place.ts';

/** Nobody else has the database open, nor can open it, until this ends. */
export interface SoleUse {
  /** Brings everything into the one file, which can then be given another name. */
  gather(): void;
  end(): void;
}

/**
 * Whoever has a database in WAL mode open holds a lock on it, however idle; so the exclusive lock is refused while
 * any process on this machine has it open. Undefined then. Another machine's locks, over a network, are not seen.
 * @throws what SQLite says of a file that is no database, or a broken one
 */
export function takeSoleUse(path: string): SoleUse | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive; commit');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw explainOpening(path, error);
  }
  return {
    // Out of WAL mode: what closes the database later must not delete the WAL of whoever has taken the name.
    gather: () => database.exec('pragma wal_checkpoint(truncate); pragma journal_mode = delete'),
    end: () => database.close(),
  };
}
