import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What a server has told a client and must stand by, whatever becomes of it. */
export type Fact =
  /** The account is there and has this password. */
  | { readonly kind: 'stands'; readonly email: string; readonly password: string }
  /** Whoever shows it is refused. */
  | { readonly kind: 'over'; readonly access: string }
  /** Sent again, it is refused. */
  | { readonly kind: 'spent'; readonly path: string; readonly json: object }
  /** The right password is refused, too. */
  | { readonly kind: 'locked'; readonly email: string; readonly password: string }
  /** One more message arrives there. */
  | { readonly kind: 'owed'; readonly to: string };

/**
 * Facts on disk, outside of the server: written and synced before the client that was told goes on. Facts about an
 * account that its client is done with are settled: they hold for good.
 */
export class Ledger {
  readonly #path: string;
  readonly #file: number;
  readonly settled: Fact[] = [];
  readonly #open = new Map<string, Fact[]>();

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a');
  }

  acknowledge(life: string, fact: Fact): void {
    this.#write({ life, ...fact });
    const facts = this.#open.get(life) ?? [];
    facts.push(fact);
    this.#open.set(life, facts);
  }

  /** From here on nothing changes any more of what this life was told last. */
  settle(life: string): void {
    this.#write({ life, kind: 'settled' });
    this.settled.push(...(this.#open.get(life) ?? []));
    this.#open.delete(life);
  }

  /** As somebody reads it who has nothing but the file. */
  read(): readonly Fact[] {
    const lines = readFileSync(this.#path, 'utf8').trimEnd().split('\n').filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as { life: string; kind: string });
    const settled = new Set(entries.filter(({ kind }) => kind === 'settled').map(({ life }) => life));
    return entries
      .filter(({ life, kind }) => kind === 'owed' || (kind !== 'settled' && settled.has(life)))
      .map(({ life: _, ...fact }) => fact as Fact);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(entry: object): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#file);
  }
}
