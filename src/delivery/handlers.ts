import type { ChannelKind, Message, OutboxJob } from '../core/message/index.ts';
import type { Clock } from '../core/ports.ts';
import { type Channel, DeliveryFailure } from './channels/index.ts';
import { whenAborted } from './channels/when-aborted.ts';
import { maskAddress } from './mask.ts';
import { render, type Sender } from './templates/index.ts';

/** Carries out the jobs of one kind. */
export interface JobHandler<Payload> {
  /** What a log may say about a job: no secret, and addresses only masked (SEC-087). */
  describe(payload: Payload): Readonly<Record<string, string>>;
  /**
   * Resolves once the other side has taken the job over. Ends promptly when `signal` aborts.
   * @param id of the outbox entry; the same on every attempt, so that the other side can recognise a duplicate
   * @returns `decoy` when the job was one, and nothing was sent
   * @throws DeliveryFailure, and any other error for a failure that is worth another attempt
   */
  run(payload: Payload, id: string, signal: AbortSignal): Promise<'sent' | 'decoy'>;
}

/** A handler for each kind of job: a kind without one does not compile. */
export type JobHandlers = { readonly [Job in OutboxJob as Job['kind']]: JobHandler<Job['payload']> };

export interface HandlerOptions {
  /** At most one of a kind. */
  readonly channels: readonly Channel[];
  readonly sender: Sender;
  readonly clock: Clock;
}

/** The one table of what is done with which kind of job. */
export function createHandlers(options: HandlerOptions): JobHandlers {
  return { email: messageHandler('email', options), sms: messageHandler('sms', options) };
}

/** Renders a message and hands it to the channel of its kind. */
function messageHandler(kind: ChannelKind, { channels, sender, clock }: HandlerOptions): JobHandler<Message> {
  const channel = channels.find((candidate) => candidate.kind === kind);
  return {
    describe: ({ topic, to }) => ({ topic, to: maskAddress(to), ...(channel && { via: channel.id }) }),

    async run(message, id, signal) {
      if (channel === undefined) throw new DeliveryFailure('permanent', `no channel for ${kind}`);
      if (message.channel !== kind)
        throw new DeliveryFailure('permanent', `a message for ${message.channel}`);
      if (message.isDecoy === true) {
        try {
          // Rendered too where the channel rehearses nothing: a decoy costs what a message costs (SEC-004).
          const rendered = renderFor(id, message);
          await channel.rehearse?.(rendered);
        } catch {
          // No person waits for a decoy, so it is not tried again.
        }
        return 'decoy';
      }
      // Raced, so that a channel that ignores the signal does not keep its slot.
      await Promise.race([channel.deliver(renderFor(id, message), signal), whenAborted(signal)]);
      return 'sent';
    },
  };

  function renderFor(id: string, message: Message) {
    const { to, code, link } = message;
    return { id, to, code, link, ...render(message, { ...sender, now: clock.now() }) };
  }
}
