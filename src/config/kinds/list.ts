import { printable } from '../printable.ts';
import { InvalidValue, type Kind, parsePart } from './kind.ts';
import { choice, inWords } from './text.ts';

export interface ListOptions {
  /** The word for the empty list. Without one, at least one entry is needed. */
  readonly none?: string;
}

/** A comma list. Spaces around entries and a comma too many do not matter; an entry given twice does. */
export function list<T>(item: Kind<T>, { none }: ListOptions = {}): Kind<readonly T[]> {
  const expects = `a comma list, each entry ${item.expects}`;
  return {
    expects: none === undefined ? expects : `${none}, or ${expects}`,
    parse(given) {
      if (given === none) return [];
      const entries = entriesOf(given);
      if (entries.length === 0) throw new InvalidValue('the list is empty');
      const repeated = entries.findIndex((entry, position) => entries.indexOf(entry) !== position);
      if (repeated >= 0) throw new InvalidValue(`entry ${repeated + 1} was given before`, 'leave it out');
      return entries.map((entry, position) =>
        parsePart(item, entry, `entry ${position + 1}, ${printable(item.show(entry), 60)}`),
      );
    },
    show: (given) => (given === none ? given : entriesOf(given).map(item.show).join(', ')),
  };
}

/** Some of the known names, or `all` of them. */
export function subset(known: readonly string[]): Kind<readonly string[]> {
  const names = list(choice(...known));
  return {
    ...names,
    expects: `all, or a comma list of ${inWords(known, 'and')}`,
    parse: (given) => (given === 'all' ? known : names.parse(given)),
  };
}

function entriesOf(given: string): string[] {
  return given
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
