import { nearest } from '../nearest.ts';
import { asWritten, InvalidValue, type Kind } from './kind.ts';

/** One line of free text. */
export function text({ max = 200 }: { readonly max?: number } = {}): Kind<string> {
  return {
    expects: `one line of at most ${max} characters`,
    parse(given) {
      // A line break here would become a header injection or a forged log line somewhere else.
      if (/\p{Cc}/u.test(given)) {
        throw new InvalidValue('it contains a line break or another control character');
      }
      if (given.length > max) throw new InvalidValue(`it is longer than ${max} characters`);
      return given;
    },
    show: asWritten,
  };
}

/** One of a few words. */
export function choice<const Option extends string>(...options: readonly Option[]): Kind<Option> {
  return {
    expects: inWords(options, 'or'),
    parse(given) {
      const chosen = options.find((option) => option === given);
      if (chosen !== undefined) return chosen;
      const meant = nearest(given, options);
      throw new InvalidValue(
        'it is none of the words known here',
        meant && `did you mean ${meant}? It can be ${inWords(options, 'or')}`,
      );
    },
    show: asWritten,
  };
}

/** A switch. */
export function flag(): Kind<boolean> {
  const words = choice('on', 'off');
  return { ...words, parse: (given) => words.parse(given) === 'on' };
}

/** `a, b or c`. */
export function inWords(words: readonly string[], conjunction: string): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}
