import type { Sealing } from '../../crypto/sealing.ts';
import { AuthError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import type { ChannelKind, Message } from './message.ts';
import type { NewOutboxEntry, OutboxStore } from './outbox-store.ts';

export interface OutboxOptions {
  readonly store: OutboxStore;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly random: Random;
  /** Keyed name of a recipient, equal for all messages to one mailbox or phone. */
  readonly recipientName: (channel: ChannelKind, address: string) => string;
  /** What the configured channels can carry. */
  readonly channels: ReadonlySet<ChannelKind>;
  /** Messages that may wait at the same time. */
  readonly limit: number;
}

/** A notice without a code is still news after a mail server's weekend. */
const NOTICE_LIFETIME_MS = 3 * 24 * 3_600_000;
const RETRY_AFTER_MS = 60_000;

/** Where flows leave messages. Nothing here waits for a mail server (decision 7). */
export class Outbox {
  readonly #options: OutboxOptions;
  /** Set by whoever delivers; called after a commit that left a message. */
  onMessage: () => void = () => {};

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  canCarry(channel: ChannelKind): boolean {
    return this.#options.channels.has(channel);
  }

  /**
   * Asked at the start of a request, before anything is looked up, so that the refusal tells nothing.
   * @throws AuthError `messages_unavailable` when no channel carries it or too much is waiting.
   */
  async assertReady(channel: ChannelKind): Promise<void> {
    if (!this.canCarry(channel)) {
      throw new AuthError('messages_unavailable', {
        retryAfterMs: RETRY_AFTER_MS,
        reason: `no ${channel} channel`,
      });
    }
    if ((await this.#options.store.countPending()) >= this.#options.limit) {
      throw new AuthError('messages_unavailable', {
        retryAfterMs: RETRY_AFTER_MS,
        reason: 'the outbox is full',
      });
    }
  }

  /**
   * The stored form of a message, to be added inside the transaction that gives it its meaning.
   * @param challengeId of the challenge whose code or link it carries: the message is not sent once that is dead
   */
  entry(message: Message, challengeId?: string): NewOutboxEntry {
    const { sealing, random, clock, recipientName } = this.#options;
    const id = random.uuid();
    const createdAt = clock.now();
    return {
      id,
      channel: message.channel,
      sealed: sealing.seal(JSON.stringify(message), id),
      recipient: recipientName(message.channel, message.to.toLowerCase()),
      ...(challengeId !== undefined && { challengeId }),
      createdAt,
      expiresAt: message.expiresAt ?? createdAt + NOTICE_LIFETIME_MS,
    };
  }

  /** Costs what a message costs, here and when it is delivered, and is never sent: to an identifier nobody has (SEC-004). */
  decoy(message: Message, challengeId?: string): NewOutboxEntry {
    return this.entry({ ...message, isDecoy: true }, challengeId);
  }

  /** @throws when the bytes are not what this server sealed under this id. */
  open(sealed: Uint8Array, id: string): Message {
    return JSON.parse(this.#options.sealing.open(sealed, id)) as Message;
  }
}
