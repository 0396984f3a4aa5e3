import type { ContactIdentifier } from '../../core/account/index.ts';

/** The word of each purpose in a link's path. */
export type LinkPurpose = 'signup' | 'login' | 'password-reset' | 'email-change';

/** `<base>/<purpose>/verify?identifier=…&code=<token>`, for the app or for our own page. */
export type Links = (purpose: LinkPurpose, identifier: ContactIdentifier) => (token: string) => string;

/** @param base the app's URL, or ours; never anything that a request said (SEC-073). */
export function fabricLinks(base: string): Links {
  return (purpose, identifier) => (token) =>
    `${base}/${purpose}/verify?identifier=${encodeURIComponent(identifier.value)}&code=${encodeURIComponent(token)}`;
}
