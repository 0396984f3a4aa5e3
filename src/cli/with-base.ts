import type { Base } from '../base.ts';

/**
 * Opens the database as the server would and lends it to one command. Loads the rest of Latchkey only now: help
 * and mistakes in arguments should not have to wait for it. Makes no database, unless `mustExist` is off: whoever
 * looks for something in the wrong directory should hear so.
 */
export async function withBase<T>(
  work: (base: Base) => Promise<T>,
  { mustExist = true }: { readonly mustExist?: boolean } = {},
): Promise<T> {
  const [{ createBase }, { readConfig }, { createLog }] = await Promise.all([
    import('../base.ts'),
    import('./read-config.ts'),
    import('../log.ts'),
  ]);
  // What a command has to say is its answer and its exit code.
  const base = await createBase(await readConfig(), createLog('silent'), { mustExist });
  try {
    return await work(base);
  } finally {
    await base.close();
  }
}
