/**
 * The ways to reach people, and which setting makes which. Owns the transports; must not know what a message
 * says, nor when it is tried again.
 *
 * | setting                                   | channel                                        |
 * |-------------------------------------------|------------------------------------------------|
 * | `LATCHKEY_SMTP_URL` `smtp://` `smtps://`  | smtp.ts, from `LATCHKEY_MAIL_FROM`             |
 * | `LATCHKEY_SMS_URL` `http://` `https://`   | sms-http.ts                                    |
 * | `LATCHKEY_SMS_URL` `twilio://`            | twilio.ts                                      |
 * | no SMTP, with a development mailbox        | mailbox.ts, for e-mail                         |
 * | nothing for a kind                        | none: that kind of message is not available    |
 *
 * To add a channel: one file that exports a factory, and one line below.
 */
import type { Channel } from './channel.ts';
import { readMailFrom } from './mail-from.ts';
import type { Mailbox } from './mailbox.ts';
import { createSmsHttpChannel } from './sms-http.ts';
import { createSmtpChannel } from './smtp.ts';
import { createTwilioChannel } from './twilio.ts';

export { type Channel, DeliveryFailure, type RenderedMessage } from './channel.ts';
export { Mailbox, type ReceivedMessage } from './mailbox.ts';

export interface ChannelSettings {
  readonly smtpUrl?: string | undefined;
  readonly mailFrom: string;
  readonly smsUrl?: string | undefined;
  /**
   * Takes e-mail where there is no SMTP. Development only. Not SMS: a contract documents what it says where no
   * SMS channel is configured, and a client is developed against that.
   */
  readonly mailbox?: Mailbox | undefined;
}

const SMS_CHANNELS: Readonly<Record<string, (settings: { url: string }) => Channel>> = {
  'http:': createSmsHttpChannel,
  'https:': createSmsHttpChannel,
  'twilio:': createTwilioChannel,
};

/**
 * At most one channel for each kind.
 * @throws Error that names the setting and says how to write it
 */
export function createChannels({ smtpUrl, mailFrom, smsUrl, mailbox }: ChannelSettings): Channel[] {
  const channels: Channel[] = [];
  if (smtpUrl) channels.push(createEmailChannel(smtpUrl, mailFrom));
  else if (mailbox) channels.push(mailbox.channel('email'));
  if (smsUrl) channels.push(createSmsChannel(smsUrl));
  return channels;
}

function createEmailChannel(url: string, mailFrom: string): Channel {
  const from = explained('LATCHKEY_MAIL_FROM', () => readMailFrom(mailFrom));
  return explained('LATCHKEY_SMTP_URL', () => createSmtpChannel({ url, from }));
}

function createSmsChannel(url: string): Channel {
  return explained('LATCHKEY_SMS_URL', () => {
    const create = SMS_CHANNELS[URL.parse(url)?.protocol ?? ''];
    if (create === undefined) {
      throw new Error('must start with https://, http:// or twilio://, as in https://sms.example.com/send');
    }
    return create({ url });
  });
}

/** Puts the setting's name before what a factory says about its value. */
function explained<Value>(setting: string, create: () => Value): Value {
  try {
    return create();
  } catch (error) {
    throw new Error(`${setting} ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
