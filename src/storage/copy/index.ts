/**
 * A whole database into another one, row by row. Owns the order of tables, the mark of an unfinished copy and the
 * comparison afterwards; must not know which engine is on which side, nor what the rows mean.
 */
export {
  type CopiedDatabase,
  type CopyOptions,
  type CopyProgress,
  copyDatabase,
  type Side,
} from './copy-database.ts';
