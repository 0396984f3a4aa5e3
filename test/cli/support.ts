import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { openStorage } from '../../src/storage/index.ts';
import { underPermissions } from '../support/permissions.ts';
import { send } from '../support/wire.ts';

export const BINARY = fileURLToPath(new URL('../../bin/latchkey.js', import.meta.url));

/** A command that hangs is a failure, and should not hang the suite. */
export const PATIENCE_MS = 60_000;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Settings, by their names. Nothing of this process's own environment but the path gets through. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** In a process that permission bits hold for, also where the tests run as root. */
  readonly underPermissions?: boolean;
  /** Options of Node itself. */
  readonly node?: readonly string[];
}

/** What every process needs, and nothing that configures Latchkey. */
export function bareEnvironment(directory: string) {
  const { PATH = '' } = process.env;
  return { PATH, HOME: directory };
}

/** A directory of its own: commands start there, and their database is made there. */
export async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts the real binary, without a terminal. */
export function start(
  directory: string,
  args: readonly string[],
  { env, node = [], ...options }: RunOptions,
): ChildProcess {
  const all = [...node, BINARY, ...args];
  const [command, rest] = options.underPermissions ? underPermissions(...all) : [process.execPath, all];
  return spawn(command, rest, { cwd: directory, env: { ...bareEnvironment(directory), ...env } });
}

/** Runs the real binary to its end, without a terminal. */
export async function latchkey(
  directory: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  return finish(start(directory, args, options), options.input);
}

export async function finish(child: ChildProcess, input?: string | Uint8Array): Promise<Finished> {
  const { stdin, stdout, stderr } = child;
  assert.ok(stdin && stdout && stderr);
  const timeout = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  stdin.on('error', () => {}).end(input);
  const ended = once(child, 'exit');
  const [out, err] = await Promise.all([stdout.destroyed ? '' : text(stdout), text(stderr), ended]);
  clearTimeout(timeout);
  return { code: child.exitCode, stdout: out, stderr: err };
}

/** Runs a command that must succeed, with `--json`, and returns its document. */
export async function documentOf(directory: string, args: readonly string[], options: RunOptions = {}) {
  const { code, stdout, stderr } = await latchkey(directory, [...args, '--json'], options);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Runs a command that must fail, with `--json`, and returns the code and the error of its document. */
export async function failureOf(directory: string, args: readonly string[], options: RunOptions = {}) {
  const { code, stdout, stderr } = await latchkey(directory, [...args, '--json'], options);
  assert.equal(stdout, '', 'a failure prints nothing to standard output');
  const lines = stderr.trim().split('\n');
  assert.equal(lines.length, 1, stderr);
  return { exitCode: code, error: JSON.parse(lines[0] ?? '').error };
}

export interface Serving {
  readonly url: string;
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when it has been printed, to either stream. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end; returns the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** `latchkey serve` on a free port, ready for requests. */
export async function serve(
  t: TestContext,
  directory: string,
  { args = [], ...options }: RunOptions & { readonly args?: readonly string[] } = {},
): Promise<Serving> {
  const env = { LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_PORT: '0', ...options.env };
  const child = start(directory, ['serve', ...args], { ...options, env });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let output = '';
  let errors = '';
  const news = new EventTarget();
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
    news.dispatchEvent(new Event('output'));
  });
  child.stdout?.on('data', (chunk) => {
    output += chunk;
    news.dispatchEvent(new Event('output'));
  });
  closed.then(() => news.dispatchEvent(new Event('output')));

  async function printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(output) ?? pattern.exec(errors);
      if (found !== null) return found;
      assert.equal(child.exitCode, null, `ended without ${pattern}: ${output}${errors}`);
      await once(news, 'output', { signal: AbortSignal.timeout(PATIENCE_MS) });
    }
  }
  const [, url = ''] = await printed(/listening on (http:\/\/[^\s"]+)/);
  return {
    url,
    child,
    printed,
    stdout: () => output,
    stderr: () => errors,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
}

/** For the development environment, which wants a port that stays. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  return String(address.port);
}

export const PASSWORD = 'a long passphrase';

export async function signIn(url: string, identifier: string, password = PASSWORD) {
  return send(`${url}/api/v1/auth/login/basic`, { json: { identifier, password } });
}

export async function me(url: string, bearer: string) {
  return send(`${url}/api/v1/me`, { bearer });
}

/** Adds a pending sign-up to the database of a directory, as a contract does. */
export async function addPendingSignUp(directory: string, address: string): Promise<void> {
  const path = join(directory, 'data/latchkey.db');
  const { storage } = await openStorage({ engine: 'sqlite', path }, { migrations: 'run' });
  const times = { createdAt: 1, activatedAt: null, emailVerifiedAt: null, phoneVerifiedAt: null };
  await storage.accounts.create({ id: randomUUID(), email: parseIdentifier('email', address), ...times });
  await storage.close();
}
