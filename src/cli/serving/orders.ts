/**
 * What the primary and its workers tell each other. Other libraries use the same wire (limits, metrics), so that a
 * message of ours says whose it is.
 */
export type FromWorker =
  | { readonly latchkey: 'asks' }
  | { readonly latchkey: 'listens'; readonly url: string };

export type FromPrimary =
  /** @property place counted from 0; whoever replaces a process takes its place. */
  { readonly latchkey: 'place'; readonly place: number } | { readonly latchkey: 'stop' };

export function isOurs<Message extends FromWorker | FromPrimary>(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'latchkey' in message;
}
