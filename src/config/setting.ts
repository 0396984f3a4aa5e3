import type { Kind } from './kinds/kind.ts';

/** One thing an operator can decide. */
export interface Setting<T = unknown> {
  /** `LATCHKEY_…`, as it stands in the environment. */
  readonly name: string;
  readonly kind: Kind<T>;
  /** What it was called before. Read for one more release, with a warning. */
  readonly formerName?: string;
  /** What holds when nothing is given. Without it, the value may be undefined. */
  readonly default?: Default;
  /** What it decides, in one or two sentences, for docs/configuration.md. */
  readonly description: string;
  /** A value worth copying, where the default is none. */
  readonly example?: string;
}

/**
 * Defaults are written as an operator would write them and read by the same kind, so that the documentation
 * prints the very text that holds. A derived one says in words what it follows from.
 */
export type Default = string | { readonly inWords: string; from(textOf: TextOf): string };

/** The text that another setting stands at, given or by default. */
export type TextOf = (name: string) => string;

export type Settings = Readonly<Record<string, Setting>>;

/** What a record of settings gives: the same keys, each with the type of its kind. */
export type Values<S extends Settings> = {
  readonly [Key in keyof S]: S[Key] extends Setting<infer T>
    ? S[Key] extends { readonly default: Default }
      ? T
      : T | undefined
    : never;
};

/** Settings that are read together, and stand under one heading in the documentation. */
export interface SettingGroup {
  readonly title: string;
  readonly settings: Settings;
}
