import type { ClaimedEntry, Message, MessageTopic } from '../core/message/index.ts';
import type { Clock } from '../core/ports.ts';
import { type Channel, DeliveryFailure } from './channels/index.ts';
import { whenAborted } from './channels/when-aborted.ts';
import { maskAddress, scrub } from './mask.ts';
import { render, type Sender } from './templates/index.ts';

type Verdict =
  | { readonly outcome: 'sent' | 'decoy' }
  /** Its code or link is dead: a newer one was sent, or it was used or cancelled. */
  | { readonly outcome: 'dropped' }
  /** `reason` is scrubbed: it may be logged and stored. */
  | { readonly outcome: 'retried' | 'abandoned'; readonly reason: string };

export interface Attempt {
  readonly verdict: Verdict;
  /** What a log may tell of the message, as far as it could be read. */
  readonly about: { readonly topic?: MessageTopic; readonly to?: string; readonly via?: string };
}

export interface AttemptOptions {
  readonly entry: ClaimedEntry;
  /** @throws when the body was tampered with */
  readonly open: (sealed: Uint8Array, id: string) => Message;
  readonly channels: readonly Channel[];
  readonly sender: Sender;
  readonly clock: Clock;
  readonly maxAttempts: number;
  readonly signal: AbortSignal;
}

/** One try at one message: open, render, deliver. Never throws; what went wrong is the verdict. */
export async function attempt(options: AttemptOptions): Promise<Attempt> {
  const { entry, channels, clock, maxAttempts } = options;
  // Claims leave expired entries alone, but this one may have expired since.
  if (clock.now() >= entry.expiresAt) return { verdict: abandoned('expired'), about: {} };
  if (entry.isDead) return { verdict: { outcome: 'dropped' }, about: {} };
  // The last try was never settled: it took the process with it, and this one could do the same.
  if (entry.attempts > maxAttempts) return { verdict: abandoned(`tried ${maxAttempts} times`), about: {} };
  let message: Message;
  try {
    message = options.open(entry.sealed, entry.id);
  } catch {
    return { verdict: abandoned('unreadable: sealed with another secret, or tampered with'), about: {} };
  }
  const about = { topic: message.topic, to: maskAddress(message.to) };
  const channel = channels.find(({ kind }) => kind === message.channel);
  if (channel === undefined) return { verdict: abandoned(`no channel for ${message.channel}`), about };
  return { verdict: await deliver(message, channel, options), about: { ...about, via: channel.id } };
}

async function deliver(message: Message, channel: Channel, options: AttemptOptions): Promise<Verdict> {
  const { entry, sender, clock, maxAttempts, signal } = options;
  try {
    const { to, code, link } = message;
    const words = render(message, { ...sender, now: clock.now() });
    const rendered = { id: entry.id, to, code, link, ...words };
    if (message.isDecoy === true) {
      await channel.rehearse?.(rendered);
      return { outcome: 'decoy' };
    }
    // Raced, so that a channel that is deaf to the signal loses its slot all the same.
    await Promise.race([channel.deliver(rendered, signal), whenAborted(signal)]);
    return { outcome: 'sent' };
  } catch (error) {
    // Nobody waits for it, so that there is nothing to try again.
    if (message.isDecoy === true) return { outcome: 'decoy' };
    const reason = reasonOf(error, signal);
    if (error instanceof DeliveryFailure && error.kind === 'permanent') return abandoned(reason);
    if (entry.attempts >= maxAttempts) return abandoned(`tried ${maxAttempts} times: ${reason}`);
    return { outcome: 'retried', reason };
  }
}

function abandoned(reason: string): Verdict {
  return { outcome: 'abandoned', reason };
}

/** An aborted delivery fails with whatever was cut short; why it was cut short says more. */
function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return String(signal.reason);
  return scrub(error instanceof Error ? error.message : String(error));
}
