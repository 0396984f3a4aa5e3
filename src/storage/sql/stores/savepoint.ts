import { sql } from 'kysely';
import type { Handles } from './handles.ts';

/** Runs a statement that is expected to fail now and then, and leaves its transaction usable when it does. */
export async function inSavepoint<T>(
  { write, engine }: Pick<Handles, 'write' | 'engine'>,
  statement: () => Promise<T>,
): Promise<T> {
  if (!write.isTransaction || !engine.dialect.errorEndsTransaction) return statement();
  await sql`savepoint expected`.execute(write);
  try {
    const result = await statement();
    await sql`release savepoint expected`.execute(write);
    return result;
  } catch (error) {
    await sql`rollback to savepoint expected`.execute(write);
    throw error;
  }
}
