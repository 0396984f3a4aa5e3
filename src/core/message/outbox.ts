import type { Sealing } from '../../crypto/sealing.ts';
import { AuthError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import type { OutboxJob } from './job.ts';
import type { ChannelKind, Message } from './message.ts';
import type { ClaimedEntry, NewOutboxEntry, OutboxStore } from './outbox-store.ts';

export interface OutboxOptions {
  readonly store: OutboxStore;
  readonly sealing: Sealing;
  readonly clock: Clock;
  readonly random: Random;
  /** Keyed digest of a recipient, equal for all messages to one mailbox or phone. */
  readonly recipientName: (channel: ChannelKind, address: string) => string;
  /** The kinds of message that the configured channels deliver. */
  readonly channels: ReadonlySet<ChannelKind>;
  /** How many messages may wait at the same time. */
  readonly limit: number;
}

/** How long a notice without a code is worth delivering: longer than a mail server is down over a weekend. */
const NOTICE_LIFETIME_MS = 3 * 24 * 3_600_000;
const RETRY_AFTER_MS = 60_000;

/** Where flows leave messages. Nothing here waits for a mail server. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #listeners: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether a channel of this kind is configured. */
  canCarry(channel: ChannelKind): boolean {
    return this.#options.channels.has(channel);
  }

  /**
   * Called at the start of a request, before anything is looked up, so that the refusal discloses nothing.
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
      kind: message.channel,
      sealed: sealing.seal(JSON.stringify(message), id),
      recipient: recipientName(message.channel, message.to.toLowerCase()),
      ...(challengeId !== undefined && { challengeId }),
      createdAt,
      expiresAt: message.expiresAt ?? createdAt + NOTICE_LIFETIME_MS,
    };
  }

  /** Costs what a message costs, here and when it is delivered, and is never sent: for an identifier without an account (SEC-004). */
  decoy(message: Message, challengeId?: string): NewOutboxEntry {
    return this.entry({ ...message, isDecoy: true }, challengeId);
  }

  /** @throws Error when the bytes are not what this server sealed under this id */
  open({ id, kind, sealed }: Pick<ClaimedEntry, 'id' | 'kind' | 'sealed'>): OutboxJob {
    return { kind, payload: JSON.parse(this.#options.sealing.open(sealed, id)) };
  }

  /** From now on calls `listener` after every commit of this process that left a message. */
  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Called by a flow after the commit that left a message. */
  notifyListeners(): void {
    for (const listener of this.#listeners) listener();
  }
}
