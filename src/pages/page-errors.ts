import { html } from 'ghtml';
import type { AuthErrorCode } from '../core/errors.ts';
import type { Answer, HttpFault, WireErrors } from '../http/index.ts';
import { page } from './page.ts';

type Said = readonly [status: number, title: string, text: string];

const useless: Said = [
  400,
  'This link does not work',
  'It was used before, has expired, or a newer one was sent. If you have done what it was for, sign in. Otherwise ask for a new one where you asked for this one.',
];
const later: Said = [503, 'Not now', 'The service is busy. Wait a moment and press the button again.'];
const broken: Said = [500, 'Something went wrong', 'It is not your fault. Try again in a moment.'];

/** A page tells a person what to do; which of our reasons it was is the log's business. */
const refusals: Record<AuthErrorCode, Said> = {
  identifier_invalid: useless,
  identifier_taken: [409, 'Address already in use', 'This address belongs to another account now.'],
  identifier_unknown: useless,
  already_verified: useless,
  credentials_invalid: useless,
  account_locked: later,
  account_unverified: useless,
  account_disabled: [403, 'This account is switched off', 'Ask the operators of this service.'],
  permission_denied: useless,
  account_gone: useless,
  password_incorrect: useless,
  password_absent: useless,
  password_weak: useless,
  code_invalid: useless,
  code_expired: useless,
  token_missing: useless,
  token_invalid: useless,
  token_expired: useless,
  token_wrong_kind: useless,
  refresh_refused: useless,
  totp_invalid: useless,
  throttled: [429, 'Too many tries', 'Wait a minute, then open the link again.'],
  overloaded: later,
  messages_unavailable: later,
  storage_unavailable: later,
};

const faults: Record<HttpFault, Said> = {
  not_found: [404, 'Nothing here', 'Check the address, or open the link from the message again.'],
  method_not_allowed: [405, 'Nothing here', 'Open the link from the message again.'],
  malformed: useless,
  too_large: [413, 'Too large', 'That was more than a form can hold.'],
  unsupported_media_type: [415, 'Something went wrong', 'Open the link from the message again.'],
  unexpected: broken,
};

/** How a mount of pages says no, whatever its links are for. */
export function pageErrors(productName: string): WireErrors {
  const say = ([status, title, text]: Said): Answer =>
    page({ status, productName, title, content: html`<p>${text}</p>` });
  return {
    refuse: ({ code }) => say(refusals[code]),
    fault: (fault) => say(faults[fault]),
  };
}
