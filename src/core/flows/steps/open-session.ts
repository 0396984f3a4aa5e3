import { digest } from '../../../crypto/digests.ts';
import type { Core } from '../../core.ts';
import type { Door } from '../../door.ts';
import type { Grant } from '../../session/index.ts';
import type { Stores } from '../../storage.ts';
import type { Client } from '../../throttle/index.ts';

const HANDLE_BYTES = 32;

interface Opening {
  readonly door: Door;
  readonly account: { readonly id: string; readonly epoch: number };
  readonly client: Client;
}

/**
 * Creates a session inside the caller's transaction. Undefined when the account is gone, or has moved to another
 * epoch since `account` was read: the credentials that were verified are no longer worth a session (SEC-062).
 */
export async function openSession(
  core: Core,
  stores: Stores,
  { door, account, client }: Opening,
): Promise<Grant | undefined> {
  const issuedAt = core.clock.now();
  const handle = core.random.bytes(HANDLE_BYTES);
  const grant: Grant = {
    accountId: account.id,
    sessionId: core.random.uuid(),
    handle,
    issuedAt,
    sessionExpiresAt: issuedAt + door.sessionMs,
  };
  const { tokens } = door;
  const { accessMs, refreshMs } = tokens;
  const created = await stores.sessions.create({
    id: grant.sessionId,
    accountId: account.id,
    contract: door.contract,
    epoch: account.epoch,
    createdAt: issuedAt,
    expiresAt: grant.sessionExpiresAt,
    address: client.address,
    ...(client.userAgent !== undefined && { userAgent: client.userAgent }),
    ...(refreshMs > 0 && { refresh: { digest: digest(handle), expiresAt: issuedAt + refreshMs } }),
    ...(tokens.access === 'stored' && {
      access: { digest: tokens.accessDigest(handle), expiresAt: issuedAt + accessMs },
    }),
  });
  return created ? grant : undefined;
}
