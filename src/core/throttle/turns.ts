/**
 * One at a time, by name, within this process. Keeps no budget: a store does. It only makes sure that a guess is
 * not evaluated while the outcome of the one before it is still on its way to the store.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Whether somebody is having a turn. */
  isTaken(name: string): boolean {
    return this.#last.has(name);
  }

  /** Runs `work` after everything that was given this name before has settled. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const own = before.then(work, work);
    this.#last.set(name, own);
    try {
      return await own;
    } finally {
      if (this.#last.get(name) === own) this.#last.delete(name);
    }
  }
}
