import type { AuditEvent } from './index.ts';

/**
 * Names who acts: a signed-in account by its id, a trusted system by the name of its key, an operator at the command
 * line by the operating system's user, or `open` where `LATCHKEY_PRIVATE_AUTH=open` asks for no key.
 */
export type ActorName = `account:${string}` | `key:${string}` | `cli:${string}` | 'open';

/** Who acts on an account, through which contract. Every flow that acts on another account takes one. */
export interface Actor {
  /** The contract, or `cli`. */
  readonly door: string;
  readonly by: ActorName;
  /** The client's address; absent at the command line. */
  readonly address?: string;
}

/** The fields of an audit event that name the actor. */
export function actedBy({ door, by, address }: Actor): Pick<AuditEvent, 'door' | 'actor' | 'address'> {
  return { door, actor: by, ...(address !== undefined && { address }) };
}
