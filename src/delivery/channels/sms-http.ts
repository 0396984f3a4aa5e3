import { type Channel, DeliveryFailure } from './channel.ts';
import { basicAuthorization, refusalKind, request } from './http-request.ts';
import { readCredentials } from './url-credentials.ts';

export interface SmsHttpSettings {
  /** `https://user:password@sms.example.com/send` */
  readonly url: string;
}

/**
 * SMS through any gateway that takes `{"to","text"}` by POST and answers 2xx.
 * @throws Error that says how to write the URL
 */
export function createSmsHttpChannel({ url }: SmsHttpSettings): Channel {
  const endpoint = URL.parse(url);
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol)) {
    throw new Error('must look like https://user:password@sms.example.com/send');
  }
  const credentials = readCredentials(endpoint);
  // Fetch refuses a URL that carries them.
  endpoint.username = '';
  endpoint.password = '';
  const headers = {
    'content-type': 'application/json',
    ...(credentials !== undefined && basicAuthorization(credentials)),
  };

  return {
    id: 'sms-http',
    kind: 'sms',

    async deliver(message, signal) {
      const body = JSON.stringify({ to: message.to, text: message.text });
      const response = await request(endpoint, { method: 'POST', headers, body, signal });
      // The status says it all; an unread body would hold the connection.
      await response.body?.cancel();
      if (!response.ok) {
        throw new DeliveryFailure(refusalKind(response.status), `the gateway answered ${response.status}`);
      }
    },

    // No verify: a gateway of this kind has no request that sends nothing.

    async close() {},
  };
}
