import type { LiveSession } from '../../../core/session/index.ts';

/** About a kilobyte each. */
const SESSIONS_KEPT = 10_000;

/**
 * Live sessions as they were read, for as long as nothing at all is committed. Whether that is so the engine says
 * (`SqlEngine.version`), so a session that is served from here is as fresh as one that is read (decision 10).
 */
export class LiveSessionCache<Kept = LiveSession> {
  #version: number | undefined;
  #sessions = new Map<string, Kept>();

  get(id: string, version: number): Kept | undefined {
    if (version !== this.#version) {
      this.#version = version;
      if (this.#sessions.size > 0) this.#sessions = new Map();
    }
    return this.#sessions.get(id);
  }

  /** @param version the engine's before `live` was read: what was committed during the read is then read again. */
  set(id: string, version: number, live: Kept): void {
    if (version !== this.#version) return;
    if (this.#sessions.size >= SESSIONS_KEPT) this.#sessions = new Map();
    this.#sessions.set(id, live);
  }
}
