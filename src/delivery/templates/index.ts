/**
 * The words. Owns what each occasion says and how it looks; must not know how it travels. Rendered when it is
 * delivered, not when it is written, so the time that is left is the time that is left then.
 */
import type { Message } from '../../core/message/index.ts';
import { layout } from './layout.ts';
import { compose, type Sender } from './letter.ts';
import { plainText } from './plain-text.ts';
import { sms } from './sms.ts';
import { topics } from './topics.ts';

export type { Sender };

export interface Words {
  /** Empty for SMS, as is `html`. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function render(message: Message, { now, ...sender }: Sender & { readonly now: number }): Words {
  if (message.channel === 'sms')
    return { subject: '', text: sms(message, sender.productName, now), html: '' };
  const letter = compose(message, sender, now);
  return {
    subject: topics[message.topic].subject(sender.productName),
    text: plainText(letter),
    html: layout(letter),
  };
}
