import { InvalidValue, type Kind } from './kind.ts';
import { parseUrl, url } from './url.ts';

/** The SMS gateway: a plain web hook, or Twilio's Messages API. */
export function smsUrl(): Kind<string> {
  const gateway = url('https', 'http', 'twilio');
  return {
    ...gateway,
    expects:
      'https://… (gets a POST of {"to","text"}) or twilio://SID:TOKEN@api.twilio.com?from=+15551234567',
    parse(given) {
      const parsed = parseUrl(gateway.parse(given), ['https', 'http', 'twilio']);
      if (parsed.protocol === 'twilio:') checkTwilio(parsed);
      return given;
    },
  };
}

function checkTwilio(parsed: URL): void {
  const form = 'twilio://SID:TOKEN@api.twilio.com?from=+15551234567';
  if (parsed.username === '') throw new InvalidValue('the account SID is missing', `write ${form}`);
  if (parsed.password === '') throw new InvalidValue('the token is missing', `write ${form}`);
  if ((parsed.searchParams.get('from') ?? '').trim() === '') {
    throw new InvalidValue('the sender is missing', `write ${form}`);
  }
}
