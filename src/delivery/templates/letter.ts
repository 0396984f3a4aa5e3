import type { Message } from '../../core/message/index.ts';
import { validFor } from '../../core/words.ts';
import { topics } from './topics.ts';

/** What an e-mail says, part by part, before it is laid out as text and as HTML. */
export interface Letter {
  readonly productName: string;
  readonly heading: string;
  /** What happened, or what to do with the code or link. */
  readonly paragraphs: readonly string[];
  readonly code?: string | undefined;
  readonly link?: { readonly label: string; readonly url: string } | undefined;
  /** How long that works. */
  readonly validity?: string | undefined;
  readonly notYou: string;
}

/** Who sends messages. */
export interface Sender {
  /** What messages call this installation. */
  readonly productName: string;
  /** The application that people use, if the operator has said where it is. */
  readonly appUrl?: string | undefined;
}

export function compose(message: Message, { productName, appUrl }: Sender, now: number): Letter {
  const { topic, code, link, expiresAt } = message;
  const { heading, purpose, news, buttonLabel, leadsToApp, notYou } = topics[topic];
  const toApp =
    leadsToApp && appUrl !== undefined ? { label: `Go to ${productName}`, url: appUrl } : undefined;
  const actionable = code !== undefined || link !== undefined;
  return {
    productName,
    heading,
    paragraphs: [
      ...(news ? [news(productName, message)] : []),
      ...(actionable ? [`${howTo(message)} ${purpose}.`] : []),
    ],
    code,
    link: link === undefined ? toApp : { label: buttonLabel, url: link },
    validity:
      actionable && expiresAt !== undefined
        ? `${whatWorks(message)} for ${validFor(expiresAt - now)}, and only once.`
        : undefined,
    notYou,
  };
}

function howTo({ code, link }: Message): string {
  if (code === undefined) return 'Open this link';
  return link === undefined ? 'Enter this code' : 'Enter this code, or open the link,';
}

function whatWorks({ code, link }: Message): string {
  if (code === undefined) return 'The link works';
  return link === undefined ? 'The code works' : 'Both work';
}
