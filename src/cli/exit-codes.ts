/** What scripts may rely on; `latchkey --help` prints it. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  unavailable: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesInWords = `
Exit codes:
  0  done
  1  an unexpected failure; for doctor: something is wrong
  2  a mistake in the command or in the settings, such as an address that this machine lacks
  3  not found: no such account or session
  4  refused: taken, a weak password, not confirmed, not pending, an address that the mail server refuses,
     migrations pending, a database in use or not empty
  5  unavailable: the database is busy, missing or cannot be used; the directory of a backup is missing or
     cannot be written; the port is in use; a mail server or SMS gateway does not answer
`;
