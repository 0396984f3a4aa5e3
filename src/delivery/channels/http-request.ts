import { DeliveryFailure } from './channel.ts';
import type { Credentials } from './url-credentials.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * One request to a provider; an HTTP answer, whatever its status, is returned. Redirects are not followed:
 * they could carry a live code and our credentials to a host that nobody configured.
 * @throws DeliveryFailure to be retried, when there was no answer
 */
export async function request(url: URL, init: HttpRequest): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', ...init });
  } catch (error) {
    if (init.signal.aborted) throw new DeliveryFailure('retry', 'gave up before the provider answered');
    throw new DeliveryFailure('retry', `no answer from the provider: ${networkReason(error)}`, {
      cause: error,
    });
  }
}

/**
 * What a refusing status means for the message. 4xx is about this message and stays so; 408, 425 and 429 ask
 * for patience, 401 and 407 are about our credentials, and 3xx and 5xx about the provider.
 */
export function refusalKind(status: number): 'retry' | 'permanent' {
  const aboutTheMessage = status >= 400 && status < 500 && ![401, 407, 408, 425, 429].includes(status);
  return aboutTheMessage ? 'permanent' : 'retry';
}

export function basicAuthorization({ user, pass }: Credentials): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}` };
}

/** Fetch says "fetch failed" and keeps what happened in its cause. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause ? String(cause.code) : cause.message;
}
