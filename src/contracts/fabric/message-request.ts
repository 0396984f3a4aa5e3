import { type ContactIdentifier, parseIdentifier } from '../../core/account/index.ts';
import { fieldErrors } from './errors.ts';
import type { Fabric } from './fabric.ts';
import type { LinkPurpose } from './links.ts';

/** How a client asks for a message; both default to what the documentation started with. */
interface MessageChoice {
  readonly method?: string | undefined;
  readonly verification_type?: string | undefined;
}

/** Where a message goes: the method says what kind of identifier it must be. */
export function readRecipient(fabric: Fabric, choice: MessageChoice, identifier: string): ContactIdentifier {
  const sms = choice.method === 'sms';
  if (sms && !fabric.canCarry('sms')) {
    throw fieldErrors(400, 'invalid_choice', { method: '"sms" is not a valid choice.' });
  }
  return parseIdentifier(sms ? 'phone' : 'email', identifier);
}

export function readDelivery(
  fabric: Fabric,
  { verification_type }: MessageChoice,
  { purpose, to }: { purpose: LinkPurpose; to: ContactIdentifier },
) {
  const form = verification_type === 'link' ? 'link' : 'code';
  return { form, link: fabric.links(purpose, to) } as const;
}

/** `otp sent via email.` and its three sisters. */
export function sent({ method = 'email', verification_type = 'otp' }: MessageChoice) {
  return { message: `${verification_type} sent via ${method}.` };
}
