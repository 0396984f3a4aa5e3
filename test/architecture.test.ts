import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nameOfTestFile, onBothEngines, onSqliteAlone } from './engines.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** The files that put the rest together; they may know everything. */
const ROOTS = new Set([
  'app.ts',
  'base.ts',
  'index.ts',
  'main.ts',
  'log.ts',
  'metrics.ts',
  'metrics-server.ts',
]);

/** Which folder may import which, and why. What is not listed is forbidden. */
const edges: Record<string, Record<string, string>> = {
  cli: {
    '.': 'commands start the process and open its parts',
    config: 'commands read settings',
    contracts: 'the list of contracts brings their settings',
    core: 'commands call admin and show accounts',
    crypto: 'doctor checks what hashing needs, totp enroll shows a URI',
    delivery: 'doctor asks a channel whether it can log in',
    storage: 'migrate and doctor open the database',
  },
  config: {
    core: 'secrets are drawn from the injected Random',
    storage: 'the database setting is read into the location that storage opens',
  },
  contracts: {
    config: 'a contract defines its own settings',
    core: 'contracts call auth with core types',
    crypto: 'a contract compares keys of trusted systems and knows what a code looks like',
    http: 'contracts are mounts',
    pages: 'what a link opens is laid out there',
  },
  core: { crypto: 'flows hash, digest and sign' },
  crypto: {},
  delivery: { core: 'the worker implements ports of core' },
  http: { core: 'a refusal of core becomes an answer' },
  pages: { core: 'a page says in words what core refuses', http: 'a page is an answer' },
  storage: { core: 'stores implement the interfaces that the domains own' },
};

/** Packages that must stay behind one door, and what is behind it. */
const packages: Record<string, { readonly only: readonly string[]; readonly why: string }> = {
  fastify: {
    only: ['app.ts', 'metrics.ts', 'http', 'contracts', 'pages'],
    why: 'core, storage and delivery know no HTTP',
  },
  '@fastify/cors': { only: ['http'], why: 'cross-origin rules are the same for every contract' },
  '@fastify/busboy': { only: ['http'], why: 'there is one way to read a form' },
  kysely: { only: ['storage'], why: 'nobody else speaks SQL' },
  pg: { only: ['storage'], why: 'nobody else speaks SQL' },
  'node:sqlite': { only: ['storage/sql/engines/sqlite'], why: 'an engine is known in its own folder only' },
  nodemailer: { only: ['delivery/channels'], why: 'no request may wait for a mail server' },
  jose: { only: ['crypto'], why: 'there is one way to read a token' },
  otpauth: { only: ['crypto'], why: 'there is one way to compute a code' },
  uqr: { only: ['cli'], why: 'only a terminal shows a code to scan' },
  '@node-rs/argon2': { only: ['crypto'], why: 'there is one bounded pool of hashes' },
  'rate-limiter-flexible': { only: ['storage'], why: 'limits are shared where the engine is' },
  pino: {
    only: ['log.ts', 'app.ts', 'base.ts', 'main.ts', 'cli'],
    why: 'everybody else logs through the port',
  },
  'prom-client': { only: ['metrics.ts'], why: 'metrics are read from outside' },
  commander: { only: ['cli'], why: 'only commands read arguments' },
};

/** Words that may stand in few places, and what to use instead. */
const words: readonly { pattern: RegExp; only: readonly string[]; why: string }[] = [
  {
    pattern: /\bprocess\.env\b/,
    only: ['config/env.ts'],
    why: 'one reader of the environment; take a setting',
  },
  { pattern: /\bDate\.now\b/, only: ['base.ts'], why: 'time is injected; use the Clock' },
  { pattern: /\bMath\.random\b/, only: [], why: 'not unpredictable; use the Random' },
  {
    pattern: /\bfetch\(/,
    // The conformance suite is a client.
    only: ['delivery/channels', 'contracts/conformance'],
    why: 'a request waits for nobody else’s server',
  },
  { pattern: /\bconsole\./, only: [], why: 'logs go through the Log, output of commands through cli/' },
];

interface Source {
  /** Path below src/. */
  readonly file: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\(\s*)'([^']+)'/g;

const sources: Source[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(join(src, file), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
    return { file, text: code, imports: [...code.matchAll(IMPORT)].map(([, name = '']) => name) };
  });

const folderOf = (file: string): string => (ROOTS.has(file) ? '.' : (file.split('/')[0] ?? ''));

const isInside = (file: string, places: readonly string[]): boolean =>
  places.some((place) => file === place || file.startsWith(`${place}/`));

function targetOf({ file }: Source, name: string): string | undefined {
  return name.startsWith('.') ? relative(src, resolve(src, dirname(file), name)) : undefined;
}

test('imports between folders point the way the table allows', () => {
  const offences = sources.flatMap((source) => {
    const from = folderOf(source.file);
    if (from === '.') return [];
    return source.imports.flatMap((name) => {
      const target = targetOf(source, name);
      // package.json, for the version.
      if (target === undefined || target.startsWith('..')) return [];
      const to = folderOf(target);
      if (to === from || edges[from]?.[to] !== undefined) return [];
      const allowed = Object.keys(edges[from] ?? {}).join(', ') || 'nothing';
      return [`src/${source.file} imports ${target}: ${from} may import ${allowed}`];
    });
  });
  assert.deepEqual(offences, []);
});

test('no contract imports another, and only the list imports contracts', () => {
  const offences = sources.flatMap((source) =>
    source.imports.flatMap((name) => {
      const [, contract] = /^contracts\/([^/]+)\//.exec(targetOf(source, name) ?? '') ?? [];
      if (contract === undefined || source.file === 'contracts/index.ts') return [];
      // What all of them must pass is no contract.
      if (contract === 'conformance' && source.file === 'contracts/public.ts') return [];
      return isInside(source.file, [`contracts/${contract}`])
        ? []
        : [`src/${source.file} imports contract ${contract}`];
    }),
  );
  assert.deepEqual(offences, []);
});

/** Types and values that describe accounts, sessions and refusals; they reach no store. */
const described = [
  'core/account/index.ts',
  'core/audit/index.ts',
  'core/challenge/index.ts',
  'core/credential/index.ts',
  'core/errors.ts',
  'core/message/index.ts',
  'core/session/index.ts',
  'core/words.ts',
];

/** What of core each caller may use: its own surface, and no flow, store or storage. */
const surfaces: Record<string, { readonly only: readonly string[]; readonly why: string }> = {
  contracts: {
    only: [
      'core/auth.ts',
      'core/admin.ts',
      'core/contract-policy.ts',
      'core/ports.ts',
      'core/throttle/index.ts',
      ...described,
    ],
    why: 'a contract calls auth in its own name, and admin where it declares routes for operators',
  },
  cli: {
    only: ['core/admin.ts', 'core/diagnostics.ts', ...described],
    why: 'commands call admin with an actor',
  },
};

test('contracts and commands reach core through their surface only', () => {
  const offences = sources.flatMap((source) => {
    const rule = surfaces[folderOf(source.file)];
    if (rule === undefined) return [];
    return source.imports.flatMap((name) => {
      const target = targetOf(source, name);
      if (target === undefined || !isInside(target, ['core']) || rule.only.includes(target)) return [];
      return [`src/${source.file} imports ${target}: ${rule.why}`];
    });
  });
  assert.deepEqual(offences, []);
});

test('no contract and no command names a store', () => {
  const store = /\b[A-Z]\w*Store\b|\bStores\b|\bstor(?:age|es)\.(?!close\b)\w+/;
  const offences = sources
    .filter(({ file }) => isInside(file, ['contracts', 'cli']))
    .flatMap(({ file, text }) => {
      const [word] = store.exec(text.replaceAll(/'[^']*'/g, '')) ?? [];
      return word === undefined ? [] : [`src/${file} says ${word}: call a flow of auth or admin`];
    });
  assert.deepEqual(offences, []);
});

test('contracts use auth and admin in their own name, and only the server does maintenance', () => {
  const offences = sources.flatMap(({ file, text, ...source }) => {
    const isContract = isInside(file, ['contracts']) && !isInside(file, ['contracts/conformance']);
    const [unbound] = isContract ? (/\b(?:Auth|Admin|Actor)\b/.exec(text) ?? []) : [];
    const housekeeping = source.imports.filter(
      (name) => targetOf({ file, text, ...source }, name) === 'core/maintenance.ts',
    );
    const isServer = folderOf(file) === '.';
    return [
      ...(unbound === undefined ? [] : [`src/${file} says ${unbound}: use Contract${unbound}`]),
      ...(isServer ? [] : housekeeping.map(() => `src/${file} imports maintenance: no request needs it`)),
    ];
  });
  assert.deepEqual(offences, []);
});

test('domains of core meet only in flows and in authentication', () => {
  // Domains may know accounts and messages (everything is about one and told by the other), errors and ports.
  const shared = ['core/errors.ts', 'core/ports.ts', 'core/account', 'core/message', 'crypto'];
  const composing = [
    'core/authentication',
    'core/flows',
    'core/auth.ts',
    'core/admin.ts',
    'core/bind.ts',
    'core/contract-policy.ts',
    'core/core.ts',
    'core/diagnostics.ts',
    'core/maintenance.ts',
    'core/storage.ts',
  ];
  const offences = sources.flatMap((source) => {
    if (!source.file.startsWith('core/') || isInside(source.file, composing)) return [];
    const own = dirname(source.file);
    return source.imports.flatMap((name) => {
      const target = targetOf(source, name);
      if (target === undefined || isInside(target, [own, ...shared])) return [];
      return [`src/${source.file} imports ${target}: let a flow bring the two together`];
    });
  });
  assert.deepEqual(offences, []);
});

test('packages stay behind their one door', () => {
  const offences = sources.flatMap(({ file, imports }) =>
    imports.flatMap((name) => {
      const [key, rule] =
        Object.entries(packages).find(([known]) => name === known || name.startsWith(`${known}/`)) ?? [];
      if (key === undefined || rule === undefined || isInside(file, rule.only)) return [];
      return [`src/${file} imports ${name}, which belongs to ${rule.only.join(', ')}: ${rule.why}`];
    }),
  );
  assert.deepEqual(offences, []);
});

test('time, chance, the environment and the network are reached through their one door', () => {
  const offences = sources.flatMap(({ file, text }) =>
    words
      .filter(({ pattern, only }) => pattern.test(text) && !isInside(file, only))
      .map(({ pattern, why }) => `src/${file} says ${pattern.source}: ${why}`),
  );
  assert.deepEqual(offences, []);
});

test('every folder opens with what it owns and must not know', () => {
  const missing = sources
    .filter(({ file }) => file.endsWith('/index.ts'))
    .map(({ file }) => file)
    .filter((file) => !/^\/\*\*/.test(readFileSync(join(src, file), 'utf8')));
  assert.deepEqual(missing, []);
});

test('no file of the source is longer than 400 lines', () => {
  const long = sources
    .filter(({ file }) => !/migrations|conformance/.test(file))
    .map(({ file }) => ({ file, lines: readFileSync(join(src, file), 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > 400);
  assert.deepEqual(long, []);
});

test('each test file of core and contracts says whether PostgreSQL runs it, once, and no other file does', () => {
  const files = ['core', 'contracts'].flatMap((folder) =>
    readdirSync(join(root, 'test', folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => nameOfTestFile(join('test', folder, file))),
  );
  const listed = [...Object.keys(onBothEngines), ...Object.keys(onSqliteAlone)];
  assert.deepEqual(listed.toSorted(), files.toSorted());
});
