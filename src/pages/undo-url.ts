export const UNDO_PATH = '/undo-address-change';

/** Where the link in the notice to a former address leads: our own page, also where an app has pages for other links. */
export const undoUrl = (publicUrl: string, token: string): string =>
  `${publicUrl}${UNDO_PATH}?token=${token}`;
