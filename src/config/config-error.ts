export interface Mistake {
  readonly name: string;
  /** What was given and from where, already masked. Undefined where nothing was, or where it may be a secret. */
  readonly given?: string | undefined;
  readonly problem: string;
  readonly fix: string;
}

/** The settings cannot be used. Carries every mistake there is, for one reading by the operator. */
export class ConfigError extends Error {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(inLines(mistakes));
    this.name = 'ConfigError';
    this.mistakes = mistakes;
    // An operator mistyped something; where in our code that was noticed is noise between them and the list.
    this.stack = this.message;
  }
}

function inLines(mistakes: readonly Mistake[]): string {
  const count = mistakes.length === 1 ? 'One setting is' : `${mistakes.length} settings are`;
  const entries = mistakes.map(({ name, given, problem, fix }) =>
    [
      `  ${name}${given === undefined ? '' : ` is ${given}`}`,
      `    Wrong: ${problem}.`,
      `    Fix:   ${fix}${fix.endsWith('?') ? '' : '.'}`,
    ].join('\n'),
  );
  return [`${count} wrong, and Latchkey does not start:`, ...entries].join('\n\n');
}
