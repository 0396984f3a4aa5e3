/**
 * Messages to people and the outbox in which they wait. Owns what is said and when; must not know how it is
 * rendered (delivery/templates) or delivered (delivery/channels).
 */
export type { JobKind, OutboxJob } from './job.ts';
export { type ChannelKind, channelOf, type Message, type MessageTopic } from './message.ts';
export { Outbox, type OutboxOptions } from './outbox.ts';
export type {
  ClaimedEntry,
  ClaimOptions,
  NewOutboxEntry,
  OutboxEntry,
  OutboxState,
  OutboxStore,
} from './outbox-store.ts';
