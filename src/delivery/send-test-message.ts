import { type Channel, DeliveryFailure } from './channels/index.ts';
import { whenAborted } from './channels/when-aborted.ts';
import { scrub } from './mask.ts';
import { render } from './templates/index.ts';

export interface TestMessage {
  readonly id: string;
  readonly to: string;
  readonly productName: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Delivers one message without a code or link, without the outbox.
 * @param signal ends the attempt
 * @throws DeliveryFailure whose message has no control characters, links or full addresses
 */
export async function sendTestMessage(
  channel: Channel,
  { id, to, productName, now }: TestMessage,
  signal: AbortSignal,
): Promise<void> {
  const words = render({ channel: channel.kind, topic: 'test', to }, { productName, now });
  try {
    await Promise.race([channel.deliver({ id, to, ...words }, signal), whenAborted(signal)]);
  } catch (error) {
    const kind = error instanceof DeliveryFailure ? error.kind : 'retry';
    const reason = signal.aborted
      ? 'no answer in time'
      : error instanceof Error
        ? error.message
        : String(error);
    throw new DeliveryFailure(kind, scrub(reason), { cause: error });
  }
}
