import { type Channel, DeliveryFailure } from './channel.ts';
import { basicAuthorization, refusalKind, request } from './http-request.ts';
import { readCredentials } from './url-credentials.ts';

export interface TwilioSettings {
  /** `twilio://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com?from=+15551234567`, or a `from` that starts with `MG`. */
  readonly url: string;
  /** Where the API is, if not at `https://` plus the URL's host. */
  readonly baseUrl?: string | undefined;
}

const FORM =
  'must look like twilio://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com?from=+15551234567 (or from=MG…, a messaging service)';

/**
 * SMS through Twilio's Messages API, version 2010-04-01.
 * @throws Error that says how to write the URL
 */
export function createTwilioChannel({ url, baseUrl }: TwilioSettings): Channel {
  const given = URL.parse(url);
  if (given?.protocol !== 'twilio:' || given.host === '') throw new Error(FORM);
  const credentials = readCredentials(given);
  // In a query string `+` stands for a space, but nobody writes a phone number with %2B.
  const from = given.searchParams.get('from')?.replace(/^ /, '+');
  if (!credentials?.user || !credentials.pass || !from) throw new Error(FORM);

  const account = `/2010-04-01/Accounts/${encodeURIComponent(credentials.user)}`;
  const base = baseUrl ?? `https://${given.host}`;
  const messagesUrl = new URL(`${account}/Messages.json`, base);
  const accountUrl = new URL(`${account}.json`, base);
  const authorization = basicAuthorization(credentials);
  const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from };

  return {
    id: 'twilio',
    kind: 'sms',

    async deliver(message, signal) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', ...authorization };
      const body = new URLSearchParams({ To: message.to, ...sender, Body: message.text }).toString();
      await succeed(await request(messagesUrl, { method: 'POST', headers, body, signal }));
    },

    async verify(signal) {
      await succeed(await request(accountUrl, { method: 'GET', headers: authorization, signal }));
    },

    async close() {},
  };
}

/**
 * Judged by the HTTP status alone: Twilio reworks its error codes (21211 and its kin) and asks that programs
 * do not branch on them. The code and its text go to the operator.
 */
async function succeed(response: Response): Promise<void> {
  if (response.ok) {
    await response.body?.cancel();
    return;
  }
  const { code, message } = await readError(response);
  const detail = code === undefined ? '' : `: error ${code} ${message ?? ''}`.trimEnd();
  throw new DeliveryFailure(refusalKind(response.status), `Twilio answered ${response.status}${detail}`);
}

async function readError(response: Response): Promise<{ code?: unknown; message?: unknown }> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // A proxy's HTML page, or the connection ended: the status still counts.
    return {};
  }
}
