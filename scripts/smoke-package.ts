/**
 * Packs the npm package as it would be published and unpacks it. Starts it from there and asks for its health; then
 * compiles the example contract against it and runs its tests, as somebody would who installed it.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'latchkey-package-'));

function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', directory], root));
  // npm 12 prints an object by package, npm 11 and before a list.
  const [archive] = Object.values(packed) as { filename: string }[];
  run('tar', ['-xzf', archive?.filename ?? '', '-C', directory], directory);
  const unpacked = join(directory, 'package');
  symlinkSync(join(root, 'node_modules'), join(unpacked, 'node_modules'));

  const server = spawn(process.execPath, [join(unpacked, 'bin/latchkey.js'), 'serve'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      LATCHKEY_ENVIRONMENT: 'test',
      LATCHKEY_PORT: '0',
      LATCHKEY_PUBLIC_URL: 'http://127.0.0.1:8000',
    },
  });
  const url = await new Promise<string>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the packed server ended with ${code}`)));
    createInterface(server.stdout).on('line', (line) => {
      const [found] = /http:\/\/127\.0\.0\.1:(?!8000)\d+/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const { status } = await fetch(`${url}/health/`);
  const ended = new Promise<number | null>((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const code = await ended;
  if (status !== 200 || code !== 0) throw new Error(`health answered ${status}, the end was ${code}`);

  const consumer = join(directory, 'consumer');
  cpSync(join(root, 'examples/contract-minimal'), consumer, { recursive: true });
  mkdirSync(join(consumer, 'node_modules'));
  symlinkSync(unpacked, join(consumer, 'node_modules/latchkey'));
  symlinkSync(join(root, 'node_modules/@types'), join(consumer, 'node_modules/@types'));
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
  const { customConditions: _, ...compilerOptions } = JSON.parse(
    readFileSync(join(root, 'tsconfig.json'), 'utf8'),
  ).compilerOptions;
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  run(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', consumer], consumer);
  const tests = readdirSync(join(consumer, 'test')).filter((file) => file.endsWith('.test.ts'));
  run(process.execPath, ['--test', ...tests.map((file) => join('test', file))], consumer);
  console.log('2 passed, 0 failed: the packed server starts, answers and stops; the example works with it');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
