/**
 * Carries out the jobs of the outbox. Owns when they are claimed (worker.ts), one delivery (deliver.ts), what each kind
 * does (handlers.ts), the texts (templates) and the transports (channels); must not know accounts, HTTP routes or SQL.
 * Reads and writes the outbox through core's port, and nothing else.
 */
export {
  type Channel,
  createChannels,
  DeliveryFailure,
  Mailbox,
  type ReceivedMessage,
} from './channels/index.ts';
export { createHandlers, type JobHandler, type JobHandlers } from './handlers.ts';
export { hasEnded, thisProcess } from './owner.ts';
export { sendTestMessage, type TestMessage } from './send-test-message.ts';
export type { DeliverySettings } from './settings.ts';
export { OutboxWorker, type OutboxWorkerOptions } from './worker.ts';
