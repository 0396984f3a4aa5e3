import { runStorageConformance } from '../../src/storage/conformance/index.ts';
import { openFile, openFileAtOnce, openMemory } from './sqlite-database.ts';

runStorageConformance({ name: 'a SQLite file', open: openFile, openAtOnce: openFileAtOnce });

const ONE_CONNECTION = 'a database in memory has one connection, and is gone with it';

runStorageConformance({
  name: 'SQLite in memory',
  open: openMemory,
  openAtOnce: openFileAtOnce,
  skip: {
    reopening: ONE_CONNECTION,
    'several processes': ONE_CONNECTION,
    'reading beside a transaction': 'the one connection belongs to the transaction until it ends',
  },
});
