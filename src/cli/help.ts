interface HelpNotes {
  /** Command lines, without `latchkey`. */
  readonly examples: readonly string[];
  /** The document that `--json` prints. */
  readonly json: string;
}

/** What stands below the options in the help of a command. */
export function notes({ examples, json }: HelpNotes): string {
  const lines = examples.map((example) => `  ${example}`);
  return [
    '',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...lines,
    '',
    'With --json:',
    `  ${json}`,
  ].join('\n');
}
