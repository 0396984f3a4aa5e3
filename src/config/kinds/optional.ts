import type { Kind } from './kind.ts';

/** A kind that can also be switched off by a word, which gives undefined. */
export function orWord<T>(word: string, kind: Kind<T>): Kind<T | undefined> {
  return {
    expects: `${kind.expects}, or ${word}`,
    parse: (text) => (text === word ? undefined : kind.parse(text)),
    show: (text) => (text === word ? text : kind.show(text)),
  };
}
