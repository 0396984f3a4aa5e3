import type { Message } from '../../core/message/index.ts';
import { validFor } from '../../core/words.ts';
import { topics } from './topics.ts';

/**
 * One line. A code comes first, where a lock screen and a phone's autofill look for it, and a message with a
 * code fits one segment of 160 GSM-7 characters, so it costs one message and is never cut.
 */
export function sms(message: Message, productName: string, now: number): string {
  const { code, link, expiresAt } = message;
  const works = expiresAt === undefined ? undefined : `It works for ${validFor(expiresAt - now)}.`;
  return [
    lead(message, productName),
    code === undefined && link === undefined ? undefined : works,
    code === undefined ? undefined : 'Do not share it.',
    link,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function lead(message: Message, productName: string): string {
  const { news, purpose } = topics[message.topic];
  if (message.code !== undefined) return `${message.code} is your ${productName} code ${purpose}.`;
  if (news !== undefined) return news(productName, message);
  return `${productName}: open this link ${purpose}.`;
}
