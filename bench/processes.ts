import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { awake } from './load.ts';
import type { PeerJob } from './peer.ts';

/** What is measured runs on the first core, who measures on the second, where the system can pin. */
const canPin = process.platform === 'linux' && spawnSync('taskset', ['-V']).status === 0;
export const pinning = canPin ? 'measured on core 0, client on core 1' : 'not pinned (no taskset here)';

function pin(pid: number | undefined, core: number): void {
  if (canPin && pid !== undefined) spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)]);
}

export function pinClient(): void {
  pin(process.pid, 1);
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (value) => resolve(value as T));
    child.once('exit', (code) => reject(new Error(`a process ended with ${code}`)));
  });
}

/** Starts a peer, gives it its job, and returns its first answer with the way to end it. */
export async function startPeer<T>(job: PeerJob): Promise<{ answer: T; stop: () => void }> {
  const child = fork(file('peer.ts'));
  pin(child.pid, 0);
  child.send(job);
  const answer = await message<T>(child);
  return { answer, stop: () => child.kill() };
}

/** A peer that computes a rate and is done. */
export async function rateOf(job: PeerJob): Promise<number> {
  const { answer, stop } = await awake(startPeer<{ rate: number }>(job));
  stop();
  return answer.rate;
}

export interface Started {
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** A Latchkey server on a database, as an operator would start it; one of several workers is on no core of its own. */
export async function startLatchkey(databaseUrl: string, workers = 1): Promise<Started> {
  const child = fork(file('../bin/latchkey.js'), ['serve'], {
    silent: true,
    env: {
      ...process.env,
      LATCHKEY_ENVIRONMENT: 'test',
      LATCHKEY_PORT: '0',
      LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
      LATCHKEY_DATABASE_URL: databaseUrl,
      LATCHKEY_RATE_LIMITS: 'off',
      LATCHKEY_HASH_WORKERS: '1',
      // The development mailbox is of one process; nothing is sent here.
      ...(workers > 1 && { LATCHKEY_WORKERS: String(workers), LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9' }),
    },
  });
  // A measurement that fails leaves no server behind.
  process.once('exit', () => child.kill());
  if (workers === 1) pin(child.pid, 0);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    child.stderr?.pipe(process.stderr);
    if (child.stdout === null) return;
    createInterface(child.stdout).on('line', (line) => {
      const [, found] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
  });
  // Threads of libuv that start later inherit the pinning of the process.
  if (workers === 1) pin(child.pid, 0);
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
