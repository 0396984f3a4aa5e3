import type { Mistake } from './config-error.ts';
import { LIKE_OURS } from './dot-env.ts';
import type { Environment } from './env.ts';
import { InvalidValue } from './kinds/kind.ts';
import { nearest } from './nearest.ts';
import { printable } from './printable.ts';
import type { Setting, Settings, Values } from './setting.ts';

export type Source = 'default' | 'environment' | 'file';

/** A setting with the text it stands at; undefined where nothing was given and there is no default. */
export interface EffectiveSetting {
  readonly setting: Setting;
  readonly text: string | undefined;
  readonly value: unknown;
  readonly source: Source;
}

/**
 * One reading of the environment. A text that does not fit is noted as a mistake and its setting stands at its
 * default from then on, so that one mistake does not hide the next. Nobody starts on such values.
 */
export class Reading {
  readonly mistakes: Mistake[] = [];
  readonly #settings: ReadonlyMap<string, Setting>;
  readonly #env: Environment;
  readonly #fromFile: ReadonlySet<string>;
  readonly #effective = new Map<string, EffectiveSetting>();

  constructor(settings: readonly Setting[], env: Environment, fromFile: ReadonlySet<string>) {
    this.#settings = new Map(settings.map((setting) => [setting.name, setting]));
    this.#env = env;
    this.#fromFile = fromFile;
  }

  /** Every setting in the order of the table. */
  effective(): EffectiveSetting[] {
    return [...this.#settings.keys()].map((name) => this.#read(name));
  }

  values<S extends Settings>(settings: S): Values<S> {
    const entries = Object.entries(settings).map(([key, { name }]) => [key, this.#read(name).value]);
    // The type of each value is that of its setting's kind, which fromEntries cannot follow.
    return Object.fromEntries(entries) as Values<S>;
  }

  isGiven(name: string): boolean {
    return this.#given(name) !== undefined;
  }

  /** A warning for each setting that was given by a name it had before. */
  renamed(): string[] {
    return [...this.#settings.values()].flatMap(({ name, formerName }) =>
      formerName === undefined || this.#textOf(formerName) === undefined
        ? []
        : [`${formerName} is now called ${name}: rename it, the next release refuses the old name.`],
    );
  }

  /** What was given for a setting, as it may be shown, and where it was found. */
  shown(name: string): string | undefined {
    const setting = this.#settings.get(name);
    const given = this.#given(name);
    if (setting === undefined || given === undefined) return undefined;
    const text = printable(setting.kind.show(given));
    return this.#isInFile(name) ? `${text} (in .env)` : text;
  }

  /** Names that look like ours and are none: nearly always a typing mistake, and silence would hide it. */
  unknown(): Mistake[] {
    const known = [...this.#settings.keys()];
    const former = new Set([...this.#settings.values()].map(({ formerName }) => formerName));
    return Object.keys(this.#env)
      .filter((name) => !this.#settings.has(name) && !former.has(name))
      .map((name) => {
        const meant = nearest(
          name.replace(LIKE_OURS, ''),
          known.map((other) => other.replace(/^LATCHKEY_/, '')),
        );
        const where = this.#fromFile.has(name) ? ', in .env,' : '';
        return {
          // Its text is not shown: it may be a secret whose name was mistyped.
          name: printable(name),
          problem: `the name${where} is not one of Latchkey's settings`,
          fix:
            meant === undefined
              ? 'see docs/configuration.md for the names'
              : `did you mean LATCHKEY_${meant}?`,
        };
      });
  }

  #given(name: string): string | undefined {
    const { formerName } = this.#settings.get(name) ?? {};
    return this.#textOf(name) ?? (formerName === undefined ? undefined : this.#textOf(formerName));
  }

  #textOf(name: string): string | undefined {
    // Compose files and unit files spell "not set" as an empty text.
    return this.#env[name]?.trim() || undefined;
  }

  #isInFile(name: string): boolean {
    const { formerName = name } = this.#settings.get(name) ?? {};
    return this.#fromFile.has(this.#textOf(name) === undefined ? formerName : name);
  }

  #read(name: string): EffectiveSetting {
    const known = this.#effective.get(name);
    if (known !== undefined) return known;
    const setting = this.#settings.get(name);
    if (setting === undefined) throw new Error(`${name} is not in the table of settings`);
    const effective = this.#readGiven(setting) ?? this.#readDefault(setting);
    this.#effective.set(name, effective);
    return effective;
  }

  #readGiven(setting: Setting): EffectiveSetting | undefined {
    const { name, formerName, kind } = setting;
    const text = this.#given(name);
    if (text === undefined) return undefined;
    if (
      formerName !== undefined &&
      this.#textOf(formerName) !== undefined &&
      text !== this.#textOf(formerName)
    ) {
      const problem = `${name}, its new name, says something else`;
      this.mistakes.push({ name: formerName, problem, fix: `remove it, and keep ${name}` });
    }
    try {
      const source = this.#isInFile(name) ? 'file' : 'environment';
      return { setting, text, value: kind.parse(text), source };
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      const fix = error.fix ?? `write ${kind.expects}`;
      this.mistakes.push({ name, given: this.shown(name), problem: error.message, fix });
      return undefined;
    }
  }

  #readDefault(setting: Setting): EffectiveSetting {
    const { default: written, kind } = setting;
    if (written === undefined) return { setting, text: undefined, value: undefined, source: 'default' };
    const text = typeof written === 'string' ? written : written.from((name) => this.#read(name).text ?? '');
    return { setting, text, value: kind.parse(text), source: 'default' };
  }
}
