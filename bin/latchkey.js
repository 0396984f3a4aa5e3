#!/usr/bin/env node
// Plain JavaScript that any Node can parse: its first duty is to say kindly that this one is too old.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `Latchkey needs Node 24 or newer; this is ${process.version}. In a checkout, \`npm start\` brings its own.`,
  );
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

const { existsSync } = await import('node:fs');
const source = new URL('../src/cli/index.ts', import.meta.url);
const built = new URL('../dist/cli/index.js', import.meta.url);
const { runCli } = await import(existsSync(source) ? source.href : built.href);
await runCli(process.argv);
setFlagsFromString('--semi-space-growth-factor=2');
