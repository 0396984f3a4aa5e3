/** The server that bench/purge.ts measures. Arguments: database URL, rows of a piece, pause in ms (empty: the default). */
import { loadConfig } from '../src/config/index.ts';
import { contracts } from '../src/contracts/index.ts';
import type { DeletionPace, Storage } from '../src/core/storage.ts';
import { createLog } from '../src/log.ts';
import { startServer } from '../src/main.ts';

export interface PurgeReport {
  readonly rows: number;
  readonly seconds: number;
  /** Milliseconds for which each statement of the purge blocked the process. */
  readonly pieces: readonly number[];
}

const [databaseUrl = '', rows = '', pauseMs = ''] = process.argv.slice(2);
const env = {
  LATCHKEY_ENVIRONMENT: 'test',
  LATCHKEY_PORT: '0',
  LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
  LATCHKEY_DATABASE_URL: databaseUrl,
  LATCHKEY_RATE_LIMITS: 'off',
};
const { app, url } = await startServer(loadConfig(env, { contracts }), createLog('silent'));
const storage: { deletionPace: DeletionPace; sessions: Storage['sessions'] } = app.storage;
const pieces: number[] = [];
const { purge } = storage.sessions;
storage.sessions.purge = async (...given) => {
  const startedAt = performance.now();
  const deleted = await purge(...given);
  pieces.push(performance.now() - startedAt);
  return deleted;
};
const { deletionPace } = storage;
Object.defineProperty(storage, 'deletionPace', {
  value: {
    rows: rows === '' ? deletionPace.rows : Number(rows),
    pauseMs: pauseMs === '' ? deletionPace.pauseMs : Number(pauseMs),
    settle: () => deletionPace.settle(),
  },
});

process.on('message', async () => {
  const startedAt = performance.now();
  const deleted = await app.maintenance.purge();
  const sum = Object.values(deleted).reduce((all, some) => all + some, 0);
  process.send?.({
    rows: sum,
    seconds: (performance.now() - startedAt) / 1000,
    pieces,
  } satisfies PurgeReport);
});
process.send?.({ port: Number(new URL(url).port) });
