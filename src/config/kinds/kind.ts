/** How one setting is written: what its text may be, what it means, and how much of it people may see. */
export interface Kind<T> {
  /** What may be written, as the end of a sentence: `a port from 1 to 65535`. */
  readonly expects: string;
  /** @throws {InvalidValue} */
  parse(text: string): T;
  /** The text as it may stand in a message, a log or a listing. */
  show(text: string): string;
}

/**
 * The text does not fit its kind. The problem never quotes the text: what was given is shown beside it, by
 * `show`, which knows what must be hidden.
 */
export class InvalidValue extends Error {
  /** What to do instead, where more can be said than what the kind expects. */
  readonly fix: string | undefined;

  constructor(problem: string, fix?: string) {
    super(problem);
    this.name = 'InvalidValue';
    this.fix = fix;
  }
}

export function asWritten(text: string): string {
  return text;
}

/** Parses one part of a longer text and says of which part it complains. */
export function parsePart<T>(kind: Kind<T>, part: string, where: string): T {
  try {
    return kind.parse(part);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new InvalidValue(`${where}: ${error.message}`, error.fix);
  }
}
