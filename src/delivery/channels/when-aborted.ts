import { DeliveryFailure } from './channel.ts';

/** Rejects when the signal aborts and never resolves: the other half of a race with work that may be deaf to it. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new DeliveryFailure('retry', String(signal.reason)));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
