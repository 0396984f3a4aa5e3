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
import { runInHost } from './commands.ts';

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
  /** As users run it: the real binary, in a process of its own. */
  readonly asProcess?: boolean;
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

export const ofTests = { LATCHKEY_ENVIRONMENT: 'test', LATCHKEY_PORT: '0' };

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

/**
 * Runs a command to its end, without a terminal: in a process that is kept for the next one, or where the process
 * makes a difference the real binary in one of its own. `binary.test.ts` holds that the two are the same.
 */
export async function latchkey(
  directory: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const {
    env,
    input,
    asProcess = args[0] === 'serve',
    underPermissions: isLimited = false,
    node = [],
  } = options;
  if (asProcess || node.length > 0) return finish(start(directory, args, options), input);
  const command = { directory, args, input, env: { ...bareEnvironment(directory), ...env } };
  return runInHost(command, isLimited ? 'limited' : 'ordinary', PATIENCE_MS);
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

export interface Server {
  readonly url: string;
  /** All that it printed so far, or wrote to its log where it is in this process. */
  stdout(): string;
  /** Resolves when it has been printed. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A server in a process of its own. */
export interface Serving extends Server {
  readonly child: ChildProcess;
  stderr(): string;
  /** Sends a signal and waits for the end; returns the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Text that grows, and somebody who waits for some of it. */
export class Printed {
  #text = '';
  readonly #news = new EventTarget();

  get text(): string {
    return this.#text;
  }

  add(chunk: unknown): void {
    this.#text += chunk;
    this.#news.dispatchEvent(new Event('text'));
  }

  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found !== null) return found;
      await once(this.#news, 'text', { signal: AbortSignal.timeout(PATIENCE_MS) });
    }
  }
}

type ServeOptions = RunOptions & { readonly args?: readonly string[] };

/** `latchkey serve` on a free port, ready for requests. */
export async function serve(
  t: TestContext,
  directory: string,
  { args = [], ...options }: ServeOptions = {},
): Promise<Serving> {
  const env = { ...ofTests, ...options.env };
  const child = start(directory, ['serve', ...args], { ...options, env });
  const closed = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const [output, errors] = [new Printed(), new Printed()];
  child.stdout?.on('data', (chunk) => output.add(chunk));
  child.stderr?.on('data', (chunk) => errors.add(chunk));

  /** To either stream. */
  async function printed(pattern: RegExp): Promise<RegExpExecArray> {
    const ended = closed.then(() => {
      const found = pattern.exec(output.text) ?? pattern.exec(errors.text);
      return found ?? assert.fail(`ended without ${pattern}: ${output.text}${errors.text}`);
    });
    const waiting = [output.find(pattern), errors.find(pattern), ended];
    for (const each of waiting) each.catch(() => {});
    return Promise.race(waiting);
  }
  const [, url = ''] = await printed(/listening on (http:\/\/[^\s"]+)/);
  return {
    url,
    child,
    printed,
    stdout: () => output.text,
    stderr: () => errors.text,
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
