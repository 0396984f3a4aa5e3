import type { ChannelKind } from '../../core/message/index.ts';

/** A message as a channel carries it: the words are final, only the transport is left. */
export interface RenderedMessage {
  /** The outbox entry. The same on every attempt, so that a duplicate can be recognised. */
  readonly id: string;
  /** The stored address or E.164 number: exactly one recipient. */
  readonly to: string;
  /** Empty for SMS, as is `html`. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What the words hold, for channels that show it apart (the development mailbox). */
  readonly code?: string | undefined;
  readonly link?: string | undefined;
}

/** One way to reach people. Stateless between messages; retries, backoff and expiry are the worker's. */
export interface Channel {
  /** Names the channel in logs and metrics. */
  readonly id: string;
  readonly kind: ChannelKind;
  /**
   * Resolves once the other side has taken responsibility for the message. Ends promptly when `signal` aborts.
   * Never logs the body.
   * @throws DeliveryFailure
   */
  deliver(message: RenderedMessage, signal: AbortSignal): Promise<void>;
  /**
   * Does with a decoy what `deliver` costs this process, and sends nothing. Only where that is worth measuring: the
   * difference would tell whether there was somebody to write to (SEC-004).
   */
  rehearse?(message: RenderedMessage): Promise<void>;
  /** Loads what the first delivery would load, so that no request is served slowly meanwhile. */
  warmUp?(): Promise<void>;
  /**
   * Can we reach the other side and log in? For `doctor`; sends nothing to anybody.
   * @throws DeliveryFailure
   */
  verify?(signal: AbortSignal): Promise<void>;
  /** Lets go of connections. Idempotent. */
  close(): Promise<void>;
}

/** Why a message did not go out, and whether the same message could go out later. */
export class DeliveryFailure extends Error {
  /** `permanent`: about this message or its recipient. `retry`: about the network, the server or our settings. */
  readonly kind: 'retry' | 'permanent';

  /** @param reason for operators; may quote the other side's answer, which the worker scrubs before it is kept. */
  constructor(kind: 'retry' | 'permanent', reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'DeliveryFailure';
    this.kind = kind;
  }
}
