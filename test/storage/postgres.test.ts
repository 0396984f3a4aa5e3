import { runStorageConformance } from '../../src/storage/conformance/index.ts';
import { openDatabase, openDatabaseAtOnce } from './postgres-database.ts';

runStorageConformance({
  name: 'PostgreSQL with a pool of ten',
  open: () => openDatabase(10),
  openAtOnce: (times) => openDatabaseAtOnce(times, 10),
});

runStorageConformance({
  name: 'PostgreSQL with a pool of one',
  open: () => openDatabase(1),
  openAtOnce: (times) => openDatabaseAtOnce(times, 1),
  skip: {
    'reading beside a transaction': 'the one connection belongs to the transaction until it ends',
  },
});
