import { userInfo } from 'node:os';
import type { Actor } from '../core/audit/index.ts';

/** The actor of a command: the user of the operating system who runs it. */
export function operator(): Actor {
  return { door: 'cli', by: `cli:${systemUser()}` };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user id without a name.
    return String(process.getuid?.() ?? 'unknown');
  }
}
