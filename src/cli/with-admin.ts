import type { Base } from '../base.ts';
import type { Contract, ContractContext } from '../contracts/contract.ts';

/** What a command works with: `admin` of an open database, and no store, key or secret. */
export interface CommandContext extends Pick<Base, 'admin' | 'config' | 'clock' | 'channels' | 'mailbox'> {
  /** The context that the server would give to a contract. */
  contractContext(contract: Contract): Promise<ContractContext>;
}

/**
 * Opens the database as the server would and lends `admin` to one command. Loads the rest of Latchkey only now, so that
 * help and mistakes in arguments do not wait for it. Makes no database, unless `mustExist` is off: a command that runs in
 * the wrong directory is told so.
 */
export async function withAdmin<T>(
  work: (context: CommandContext) => Promise<T>,
  { mustExist = true }: { readonly mustExist?: boolean } = {},
): Promise<T> {
  const [{ createBase }, { readConfig }, { createLog }] = await Promise.all([
    import('../base.ts'),
    import('./read-config.ts'),
    import('../log.ts'),
  ]);
  // What a command has to say is its answer and its exit code.
  const base = await createBase(await readConfig(), createLog('silent'), { mustExist });
  const { admin, config, clock, channels, mailbox } = base;
  try {
    return await work({
      ...{ admin, config, clock, channels, mailbox },
      async contractContext(contract) {
        const { contractContexts } = await import('../app.ts');
        return contractContexts(base)(contract);
      },
    });
  } finally {
    await base.close();
  }
}
