#!/usr/bin/env node
// Plain JavaScript that any Node can parse: its first duty is to say kindly that this one is too old.
const { existsSync } = await import('node:fs');
const isThere = (path) => existsSync(new URL(path, import.meta.url));
const inCheckout = isThere('../src/cli/index.ts');
const installFirst = 'Run `npm ci` first: it brings Node 26 and the packages that Latchkey is made of.';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  const brought = 'A checkout brings its own: `npm start`, and `npm run -s latchkey -- <command>`.';
  const leftOut =
    'Install it, or run `npm ci` without --omit=dev: Node 26 is one of the development packages.';
  const inPackages = isThere('../node_modules/node') ? brought : leftOut;
  const advice = inCheckout ? (isThere('../node_modules') ? inPackages : installFirst) : 'Install it.';
  console.error(`Latchkey needs Node 24 or newer; this is ${process.version}. ${advice}`);
  process.exit(1);
}
if (inCheckout && !isThere('../node_modules')) {
  console.error(`The packages of this checkout are not installed. ${installFirst}`);
  process.exit(1);
}

// Password hashes run on libuv's threads. With four of them (the default) and four cores, hashing would leave none
// for DNS and files; libuv reads the variable when the first thread starts, which is after this line.
const { availableParallelism } = await import('node:os');
process.env.UV_THREADPOOL_SIZE = process.env.UV_THREADPOOL_SIZE || String(availableParallelism() + 4);

const { keepCompiledCode } = await import('./compile-cache.js');
keepCompiledCode();

// `npm start` runs us in a shell. Told to end, npm ends the shell, and nobody tells us.
if (process.env.npm_lifecycle_event === 'start') {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

// Loading the source makes much garbage in little time, for which V8 would grow the young generation and never give
// it back: 15 MB of an idle server. `runCli` returns once a server listens; from then on it may grow with the load.
const { setFlagsFromString } = await import('node:v8');
setFlagsFromString('--semi-space-growth-factor=1');

const { runCli } = await import(inCheckout ? '../src/cli/index.ts' : '../dist/cli/index.js');
await runCli(process.argv);
setFlagsFromString('--semi-space-growth-factor=2');
