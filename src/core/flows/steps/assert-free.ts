import type { Identifier } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';

/**
 * A look ahead, for the order in which a client hears what is wrong. Between this and the write somebody may be
 * faster; the write notices. A sign-up that nobody confirmed is left to the write, too: it may give way.
 * @throws AuthError `identifier_taken` for the first that another account than `except` has
 */
export async function assertFree(
  core: Core,
  identifiers: readonly (Identifier | null | undefined)[],
  except?: string,
): Promise<void> {
  for (const identifier of identifiers) {
    if (identifier == null) continue;
    const owner = await core.storage.accounts.findByIdentifier(identifier);
    if (owner !== undefined && owner.id !== except && owner.activatedAt !== null) {
      throw new AuthError('identifier_taken', { kind: identifier.kind });
    }
  }
}
