import { isIP } from 'node:net';
import { callingAreas } from '../kinds/calling-areas.ts';
import { displayName, mailbox } from '../kinds/mailbox.ts';
import { integer } from '../kinds/number.ts';
import { orWord } from '../kinds/optional.ts';
import { smsUrl } from '../kinds/sms-url.ts';
import { url } from '../kinds/url.ts';
import type { Settings } from '../setting.ts';

/** How mail and SMS leave. */
export const messages = {
  smtpUrl: {
    name: 'LATCHKEY_SMTP_URL',
    kind: url('smtps', 'smtp'),
    description:
      'The mail server. Without one, development shows messages in the log and, where LATCHKEY_HOST is this machine alone, at /dev/mailbox, and in production the endpoints that send mail answer their documented service error.',
    example: 'smtps://user:password@smtp.example.com:465',
  },
  mailFrom: {
    name: 'LATCHKEY_MAIL_FROM',
    kind: mailbox(),
    default: {
      inWords: '<product name> <no-reply@<public host>>',
      from: (textOf) => noReply(textOf('LATCHKEY_PRODUCT_NAME'), textOf('LATCHKEY_PUBLIC_URL')),
    },
    description: 'The sender of every mail.',
    example: 'Example <no-reply@example.com>',
  },
  smsUrl: {
    name: 'LATCHKEY_SMS_URL',
    kind: smsUrl(),
    description: 'The SMS gateway. Without one, no SMS is offered.',
    example: 'https://sms.example.com/send',
  },
  smsPerHour: {
    name: 'LATCHKEY_SMS_PER_HOUR',
    kind: integer({ min: 1, max: 1_000_000 }),
    default: '500',
    description:
      'SMS that clients may ask for in an hour, over all numbers and contracts. When they are used up, endpoints that send an SMS answer their service error until the hour ends, and the log has a warning. What operators send with latchkey commands is not counted.',
  },
  smsCountries: {
    name: 'LATCHKEY_SMS_COUNTRIES',
    kind: orWord('all', callingAreas()),
    default: 'all',
    description:
      'Where SMS go: a comma list of countries (DE) and calling codes (+49), or all. A number of another country is refused as an invalid phone number where a message would be sent to it.',
    example: 'DE, AT, +41',
  },
  outboxLimit: {
    name: 'LATCHKEY_OUTBOX_LIMIT',
    kind: integer({ min: 1, max: 10_000_000 }),
    default: '10000',
    description:
      'How many messages may wait to be sent before endpoints that send one answer their service error.',
  },
} satisfies Settings;

function noReply(productName: string, publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  // Mail writes bare addresses in a notation of its own; whoever needs it sets the sender.
  const named = isIP(hostname) === 0 && /^(?=.{1,253}$)[a-z\d](?:[a-z\d.-]*[a-z\d])?$/.test(hostname);
  return `${displayName(productName)} <no-reply@${named ? hostname : 'localhost'}>`;
}
