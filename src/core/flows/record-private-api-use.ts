import { type Actor, actedBy } from '../audit/index.ts';
import type { Core } from '../core.ts';

/** Every use of the private API leaves an event, whatever comes of it (SEC-070). */
export async function recordPrivateApiUse(core: Core, { actor }: { readonly actor: Actor }): Promise<void> {
  await core.storage.audit.record({ at: core.clock.now(), type: 'private_door_used', ...actedBy(actor) });
}

recordPrivateApiUse.errors = [] as const;
