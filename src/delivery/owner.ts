/** This process, as its claims name it: its pid, and its start to tell it from an earlier process of that pid. */
export const thisProcess = `${process.pid}@${performance.timeOrigin}`;

/**
 * Whether the process that claimed under this name has ended. For claims of this machine only; containers that share a
 * database file see each other's processes as ended.
 */
export function hasEnded(owner: string): boolean {
  if (owner === thisProcess) return false;
  const pid = Number(owner.split('@', 1)[0]);
  // In a container every start has the same pid.
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
