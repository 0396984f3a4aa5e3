import { userInfo } from 'node:os';
import type { Actor } from '../core/audit/index.ts';

/** The actor of everything that this process does: the operating system's user at the command line. */
export function operator(): Actor {
  return { door: 'cli', by: `cli:${systemUser()}` };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}
