/** Who acts, in the audit trail. */
export const DOOR = 'cli';
