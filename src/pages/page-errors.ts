import { html } from 'ghtml';
import { type AuthErrorCode, errorCategories } from '../core/errors.ts';
import type { Answer, ErrorResponses } from '../http/index.ts';
import { page } from './page.ts';

const everyCodeByCategory = Object.fromEntries(
  Object.keys(errorCategories).map((code) => [code, 'by category']),
) as Record<AuthErrorCode, 'by category'>;

const DEAD_LINK =
  'It was used before, has expired, or a newer one was sent. If you have done what it was for, sign in. Otherwise ask for a new one where you asked for this one.';

/**
 * Every response of a mount of pages that is not a success, whatever its links are for. A page tells a person what to do;
 * which code it was is for the log.
 * @param deadLinkText what to tell a person whose link does not work
 */
export function pageErrors(
  productName: string,
  deadLinkText: string = DEAD_LINK,
): ErrorResponses<AuthErrorCode> {
  const says = (status: number, title: string, text: string): Answer =>
    page({ status, productName, title, content: html`<p>${text}</p>` });
  const deadLink = says(400, 'This link does not work', deadLinkText);
  return {
    categories: {
      invalid: deadLink,
      unauthenticated: deadLink,
      forbidden: deadLink,
      not_found: deadLink,
      conflict: deadLink,
      rate_limited: says(429, 'Too many tries', 'Wait a minute, then open the link again.'),
      unavailable: says(503, 'Not now', 'The service is busy. Wait a moment and press the button again.'),
      expired: deadLink,
    },
    codes: {
      ...everyCodeByCategory,
      identifier_taken: says(409, 'Address already in use', 'This address belongs to another account now.'),
      account_disabled: says(403, 'This account is switched off', 'Ask the operators of this service.'),
    },
    http: {
      not_found: says(404, 'Nothing here', 'Check the address, or open the link from the message again.'),
      method_not_allowed: says(405, 'Nothing here', 'Open the link from the message again.'),
      malformed: deadLink,
      too_large: says(413, 'Too large', 'That was more than a form can hold.'),
      unsupported_media_type: says(415, 'Something went wrong', 'Open the link from the message again.'),
      internal_error: says(500, 'Something went wrong', 'It is not your fault. Try again in a moment.'),
    },
  };
}
