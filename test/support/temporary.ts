import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory that Linux mounts; containers often make it too small to be of use. */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 1 << 30;

async function findRoot(): Promise<string> {
  const room = await statfs(MEMORY).catch(() => undefined);
  return room !== undefined && room.bavail * room.bsize >= ENOUGH_BYTES ? MEMORY : tmpdir();
}

const root = findRoot();

/**
 * A directory for a database that outlives no process, in memory where there is room: each commit waits for the disk.
 * Not for tests of what a crash leaves. The caller deletes it.
 */
export async function makeFastDirectory(): Promise<string> {
  const parent = await root;
  return mkdtemp(join(parent, 'latchkey-test-')).catch(() => mkdtemp(join(tmpdir(), 'latchkey-test-')));
}
