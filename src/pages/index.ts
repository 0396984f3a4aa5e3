/**
 * The few pages that people see: what links open when no app does it, and in development the mailbox and what
 * stands at `/`. Owns layout and the headers that keep a page harmless; must not know what a link is for (its
 * contract does).
 */
export { registerMailbox } from './mailbox.ts';
export { missingPage } from './missing.ts';
export { newPasswordComplaint, newPasswordInputs } from './new-password.ts';
export { type Page, page, SAME_PAGE } from './page.ts';
export { pageErrors } from './page-errors.ts';
export { registerRoot } from './root.ts';
export { undoPage } from './undo-address-change.ts';
export { wayOn } from './way-on.ts';
