/** The options in a URL's query, read by name and kind; what nobody read is a mistake worth telling. */
export class UrlOptions {
  readonly #given: URLSearchParams;
  readonly #known: string[] = [];

  constructor(given: URLSearchParams) {
    this.#given = given;
  }

  text(name: string): string | undefined {
    this.#known.push(name);
    return this.#given.get(name) ?? undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false') throw new Error(`option "${name}" must be true or false`);
    return value === 'true';
  }

  count(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new Error(`option "${name}" must be a whole number above 0`);
    return Number(value);
  }

  /** Call after the last read. */
  refuseOthers(): void {
    const other = [...this.#given.keys()].find((name) => !this.#known.includes(name));
    if (other === undefined) return;
    throw new Error(`has the unknown option "${other}"; known are ${this.#known.toSorted().join(', ')}`);
  }
}
