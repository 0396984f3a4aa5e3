import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ`, which Linux has fixed for programs. */
const TICKS_PER_SECOND = 100;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly ms: number;
}

/** proc(5): the name may hold anything, so that what follows its last parenthesis is counted. */
function read(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0] = [fields[1], fields[11], fields[12]];
    return { pid, parent, ms: ((user + system) * 1000) / TICKS_PER_SECOND };
  } catch {
    // Ended meanwhile.
    return undefined;
  }
}

/** Milliseconds of processor time that a process and all below it have used. Linux. */
export function processorTimeOf(root: number): number {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = all.map((name) => read(Number(name))).filter((found) => found !== undefined);
  const family = new Set([root]);
  // Parents may stand after their children.
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes.filter(({ pid }) => family.has(pid)).reduce((sum, { ms }) => sum + ms, 0);
}
