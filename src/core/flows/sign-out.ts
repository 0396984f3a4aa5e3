import type { Core } from '../core.ts';
import type { AuthenticatedSession } from '../session/index.ts';
import type { Client } from '../throttle/index.ts';

/** Ends the session that asks; its tokens are refused from the next request on. */
export async function signOut(
  core: Core,
  { live, client }: { readonly live: AuthenticatedSession; readonly client: Client },
): Promise<void> {
  const { id: sessionId, accountId, contract: door } = live.session;
  await core.storage.transaction(async (stores) => {
    const now = core.clock.now();
    // Ended by somebody else in this moment: it is over, which is what was asked for.
    if (!(await stores.sessions.end(sessionId, { now, reason: 'signed_out' }))) return;
    const { address } = client;
    await stores.audit.record({ at: now, type: 'signed_out', accountId, sessionId, door, address });
  });
}

signOut.errors = [] as const;
