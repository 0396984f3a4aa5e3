import type { LiveSession } from '../../../core/session/index.ts';
import type { Freshness } from '../engines/engine.ts';

/** About a kilobyte each. */
const SESSIONS_KEPT = 10_000;

/**
 * Live sessions as they were read, for as long as nobody has changed them. Whether that is so the engine says
 * (`Freshness`), so a session that is served from here is as fresh as one that is read (decisions 10 and 14).
 */
export class LiveSessionCache<Kept = LiveSession> {
  readonly #freshness: Freshness;
  readonly #accountOf: (kept: Kept) => string;
  readonly #names = new Map<string, Set<string>>();
  #version: number | undefined;
  #changes = 0;
  #sessions = new Map<string, Kept>();

  constructor(freshness: Freshness, accountOf: (kept: Kept) => string) {
    this.#freshness = freshness;
    this.#accountOf = accountOf;
    freshness.onChange?.((account) => this.#forget(account));
  }

  /** What is kept under the name, if that is what the database has; else what `read` finds. */
  async find(name: string, read: () => Promise<Kept | undefined>): Promise<Kept | undefined> {
    const { confirm } = this.#freshness;
    if (this.#get(name) !== undefined && (confirm === undefined || (await this.#freshness.confirm?.()))) {
      const kept = this.#get(name);
      if (kept !== undefined) return kept;
    }
    const version = this.#freshness.version();
    const changes = this.#changes;
    const found = await read();
    // What was committed during the read may or may not be in it.
    const isCurrent = version !== undefined && version === this.#version && changes === this.#changes;
    if (found !== undefined && isCurrent) this.#keep(name, found);
    return found;
  }

  #get(name: string): Kept | undefined {
    const version = this.#freshness.version();
    if (version !== this.#version) {
      this.#version = version;
      this.#clear();
    }
    return version === undefined ? undefined : this.#sessions.get(name);
  }

  #keep(name: string, kept: Kept): void {
    if (this.#sessions.size >= SESSIONS_KEPT) this.#clear();
    this.#sessions.set(name, kept);
    if (this.#freshness.onChange === undefined) return;
    const account = this.#accountOf(kept);
    const names = this.#names.get(account) ?? new Set();
    this.#names.set(account, names.add(name));
  }

  #forget(account: string | undefined): void {
    this.#changes += 1;
    if (account === undefined) {
      this.#clear();
      return;
    }
    for (const name of this.#names.get(account) ?? []) this.#sessions.delete(name);
    this.#names.delete(account);
  }

  #clear(): void {
    if (this.#sessions.size > 0) this.#sessions = new Map();
    this.#names.clear();
  }
}
