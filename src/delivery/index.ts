/**
 * Carrying messages to people. Owns the outbox worker, the words (templates) and the transports (channels);
 * must not know accounts, HTTP routes or SQL. Reads the outbox through core's port and writes nothing else.
 */
export {
  type Channel,
  createChannels,
  DeliveryFailure,
  Mailbox,
  type ReceivedMessage,
} from './channels/index.ts';
export { hasEnded, thisProcess } from './owner.ts';
export { sendTestMessage, type TestMessage } from './send-test-message.ts';
export type { DeliverySettings } from './settings.ts';
export { OutboxWorker, type OutboxWorkerOptions } from './worker.ts';
