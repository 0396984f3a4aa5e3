import type { Message } from './message.ts';

/**
 * Work that waits in the outbox, by kind. The payload is stored sealed, as JSON. A new kind is a member here and a handler
 * in delivery/handlers.ts; the outbox, its queue and its table stay as they are.
 */
export type OutboxJob =
  | { readonly kind: 'email'; readonly payload: Message }
  | { readonly kind: 'sms'; readonly payload: Message };

export type JobKind = OutboxJob['kind'];
