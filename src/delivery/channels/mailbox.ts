import type { ChannelKind } from '../../core/message/index.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { type Channel, DeliveryFailure, type RenderedMessage } from './channel.ts';

/** More than anybody scrolls through; the bound keeps a load test from eating the memory. */
const CAPACITY = 200;

export interface ReceivedMessage {
  /** Of its outbox entry. */
  readonly id: string;
  readonly to: string;
  readonly channel: ChannelKind;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly code?: string | undefined;
  readonly link?: string | undefined;
  readonly receivedAt: number;
}

/**
 * The development mailbox: messages stay in this process, readable at /dev/mailbox and in the log. The only
 * channel that may print a code, which is why the composition root makes none in production.
 */
export class Mailbox {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #received: ReceivedMessage[] = [];

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Newest first. */
  list(): readonly ReceivedMessage[] {
    return this.#received.toReversed();
  }

  /** This mailbox in the place of a mail server or an SMS gateway. */
  channel(kind: ChannelKind): Channel {
    return {
      id: 'mailbox',
      kind,
      deliver: async (message, signal) => {
        if (signal.aborted) throw new DeliveryFailure('retry', 'gave up before the mailbox took the message');
        this.#receive(kind, message);
      },
      close: async () => {},
    };
  }

  #receive(channel: ChannelKind, { id, to, subject, text, html, code, link }: RenderedMessage): void {
    this.#received.push({ id, to, channel, subject, text, html, code, link, receivedAt: this.#clock.now() });
    if (this.#received.length > CAPACITY) this.#received.shift();
    const holds = [subject || text, subject && code && `code ${code}`, subject && link]
      .filter(Boolean)
      .join(' · ');
    this.#log.info({ event: 'message_in_mailbox', channel, to }, `mailbox: to ${to}: ${holds}`);
  }
}
