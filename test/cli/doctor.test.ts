import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SmtpSink } from '../delivery/smtp-sink.ts';
import { skipWithoutPermissions } from '../support/permissions.ts';
import { send } from '../support/wire.ts';
import { documentOf, latchkey, makeDirectory, type RunOptions, serve, signIn } from './support.ts';

interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly what: string;
  readonly fix: string | null;
}

const sound = {
  LATCHKEY_ENVIRONMENT: 'production',
  LATCHKEY_SECRET: 'Zt4hQ9xVw2LmK7bNpRs5UyEa8DfGjXc3vB6nMz',
  LATCHKEY_PUBLIC_URL: 'https://auth.example.com',
  LATCHKEY_HOST: '0.0.0.0',
  LATCHKEY_TRUST_PROXY: '10.0.0.0/8',
};

async function examine(directory: string, options: RunOptions = {}, args: readonly string[] = []) {
  const { code, stdout, stderr } = await latchkey(directory, ['doctor', '--json', ...args], options);
  assert.equal(stderr, '');
  const { environment, findings, problems, warnings } = JSON.parse(stdout);
  const of = (status: string) =>
    findings.filter((finding: Finding) => finding.status === status) as Finding[];
  assert.equal(of('problem').length, problems);
  assert.equal(of('warning').length, warnings);
  assert.equal(code, problems === 0 ? 0 : 1);
  for (const finding of [...of('problem'), ...of('warning')]) assert.ok(finding.fix, JSON.stringify(finding));
  return { environment, problems: of('problem'), warnings: of('warning'), fine: of('ok') };
}

const checks = (findings: readonly Finding[]) => [...new Set(findings.map(({ check }) => check))];

async function mailServer(t: TestContext, options: Parameters<typeof SmtpSink.start>[0] = {}) {
  const sink = await SmtpSink.start(options);
  t.after(() => sink.close());
  return sink;
}

test('a sound production setup has no problem and no warning, exit code 0', async (t) => {
  const directory = await makeDirectory(t);
  const env = { ...sound, LATCHKEY_SMTP_URL: (await mailServer(t)).url() };
  await documentOf(directory, ['migrate'], { env });
  const { environment, problems, warnings, fine } = await examine(directory, { env });
  assert.equal(environment, 'production');
  assert.deepEqual([...problems, ...warnings], []);
  assert.deepEqual(checks(fine), [
    'settings',
    'secret',
    'database',
    'disk',
    'files',
    'mail',
    'address',
    'hashing',
    'node',
    'clock',
  ]);
});

test('in development, what production would refuse is listed, and is no problem yet', async (t) => {
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_RATE_LIMITS: 'off' };
  const { environment, problems, warnings } = await examine(directory, { env });
  assert.equal(environment, 'development');
  assert.deepEqual(problems, []);
  for (const name of ['LATCHKEY_SECRET', 'LATCHKEY_PUBLIC_URL', 'LATCHKEY_RATE_LIMITS']) {
    assert.ok(
      warnings.some(({ what }) => what.startsWith(`production would refuse: ${name}`)),
      name,
    );
  }
});

test('--environment production judges as production would, and still looks at everything else', async (t) => {
  const directory = await makeDirectory(t);
  const { environment, problems, fine } = await examine(directory, {}, ['--environment', 'production']);
  assert.equal(environment, 'production');
  assert.equal(problems.length, 2);
  assert.deepEqual(checks(problems), ['settings']);
  for (const check of ['database', 'disk', 'files', 'hashing'])
    assert.ok(checks(fine).includes(check), check);
});

test('settings that cannot be used are problems, each with its fix', async (t) => {
  const directory = await makeDirectory(t);
  const env = { LATCHKEY_PORT: 'eighty', LATCHKEY_SECRET: 'changeme-changeme-changeme-changeme' };
  const { problems } = await examine(directory, { env });
  assert.deepEqual(
    problems.map(({ what }) => /^LATCHKEY_[A-Z_]+/.exec(what)?.[0]),
    ['LATCHKEY_PORT', 'LATCHKEY_SECRET'],
  );
});

test('a mail server that refuses the login, or is not there, is a problem', async (t) => {
  const directory = await makeDirectory(t);
  const refusing = await mailServer(t, {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(new Error('535 5.7.8 wrong user or password')),
  });
  for (const url of [refusing.url({ credentials: 'latchkey:nopassword@' }), 'smtp://127.0.0.1:1']) {
    const { problems } = await examine(directory, { env: { LATCHKEY_SMTP_URL: url } });
    assert.deepEqual(checks(problems), ['mail']);
    assert.match(problems[0]?.fix ?? '', /LATCHKEY_SMTP_URL/);
    assert.doesNotMatch(JSON.stringify(problems), /nopassword/);
  }
});

test('a database that others can read is a problem in production, and a warning before', async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['migrate']);
  await writeFile(join(directory, '.env'), 'LATCHKEY_PRODUCT_NAME=Example\n');
  await chmod(join(directory, '.env'), 0o600);
  await chmod(join(directory, 'data'), 0o755);
  await chmod(join(directory, 'data/latchkey.db'), 0o644);
  const inDevelopment = await examine(directory);
  assert.ok(checks(inDevelopment.warnings).includes('files'));
  const { problems } = await examine(directory, { env: sound });
  assert.deepEqual(checks(problems), ['files']);
  assert.match(problems[0]?.what ?? '', /machine can read \//, 'and not: change');
  assert.equal(problems[0]?.fix, `run: chmod 700 '${join(directory, 'data')}'`);

  await chmod(join(directory, 'data'), 0o700);
  assert.deepEqual((await examine(directory, { env: sound })).problems, []);
  await chmod(join(directory, '.env'), 0o644);
  assert.match((await examine(directory, { env: sound })).problems[0]?.what ?? '', /\.env$/);
});

test('pending migrations are a warning where the next start runs them, else a problem', async (t) => {
  const directory = await makeDirectory(t);
  await mkdir(join(directory, 'data'), { mode: 0o700 });
  await writeFile(join(directory, 'data/latchkey.db'), '');
  const on = await examine(directory);
  assert.match(on.warnings.find(({ check }) => check === 'database')?.what ?? '', /0001-first-accounts/);
  const off = await examine(directory, { env: { LATCHKEY_MIGRATE: 'off' } });
  assert.equal(off.problems.find(({ check }) => check === 'database')?.fix, 'run: latchkey migrate');
});

test('a database file that is none is a problem of doctor, and exit code 5 of other commands', async (t) => {
  const directory = await makeDirectory(t);
  await mkdir(join(directory, 'data'), { mode: 0o700 });
  await writeFile(join(directory, 'data/latchkey.db'), 'this is a text file, and a long one'.repeat(100));
  const { problems } = await examine(directory);
  assert.deepEqual(checks(problems), ['database']);
  assert.match(problems[0]?.fix ?? '', /^restore it from a backup/);
  const { code, stderr } = await latchkey(directory, ['user', 'list']);
  assert.equal(code, 5);
  const file = join(directory, 'data/latchkey.db');
  assert.match(stderr, /^error: [^\n]*is not a SQLite database: [^\n]*LATCHKEY_DATABASE_URL\n$/);
  assert.ok(stderr.includes(file), stderr);
  assert.equal((await latchkey(directory, ['serve'])).code, 5);
  assert.deepEqual(await readdir(join(directory, 'data')), ['latchkey.db'], 'no secret is made beside it');
});

for (const [about, takeAway] of Object.entries({
  removed: (path: string) => rm(path),
  'replaced by another': async (path: string) => {
    await copyFile(path, `${path}.new`);
    await rename(`${path}.new`, path);
  },
})) {
  test(`a database file that was ${about} under a running server: health says 503, the log says it once, doctor names the process`, {
    skip: process.platform !== 'linux' && 'only Linux says what a process has open',
  }, async (t) => {
    const directory = await makeDirectory(t);
    const server = await serve(t, directory);
    const path = join(directory, 'data/latchkey.db');
    assert.deepEqual(checks((await examine(directory)).problems), []);
    await takeAway(path);
    for (const _ of [1, 2]) assert.equal((await send(`${server.url}/health`)).status, 503);
    assert.equal((await signIn(server.url, 'alice@example.com')).status, 503);
    const { problems } = await examine(directory);
    assert.deepEqual(checks(problems), ['database']);
    assert.ok(
      problems[0]?.what.startsWith(`${path} was removed or replaced while it was in use by process `),
    );
    assert.match(problems[0]?.what ?? '', new RegExp(` ${server.child.pid}$`));
    assert.equal(await server.end(), 0);
    assert.equal(server.stdout().split('"database_file_gone"').length, 2, server.stdout());
  });
}

test('another user than the one that runs Latchkey hears that doctor cannot look, not that all is well', {
  skip: skipWithoutPermissions,
}, async (t) => {
  const directory = await makeDirectory(t);
  await documentOf(directory, ['migrate']);
  // To its owner, too, a directory without permission bits is one of another user.
  await chmod(join(directory, 'data'), 0o000);
  const { problems, warnings, fine } = await examine(directory, { underPermissions: true });
  await chmod(join(directory, 'data'), 0o700);
  assert.deepEqual(checks(problems), ['secret', 'database']);
  assert.ok(problems.at(-1)?.what.includes(join(directory, 'data')));
  assert.match(warnings.find(({ check }) => check === 'files')?.fix ?? '', /as the user that runs Latchkey/);
  for (const check of ['secret', 'database', 'files']) assert.ok(!checks(fine).includes(check), check);
});

test('trusting a proxy elsewhere while listening to this machine only is a warning', async (t) => {
  const directory = await makeDirectory(t);
  const warned = async (env: Record<string, string>) => {
    const { warnings } = await examine(directory, { env });
    return warnings.some(({ what }) => what.startsWith('LATCHKEY_HOST is 127.0.0.1'));
  };
  assert.equal(await warned({ ...sound, LATCHKEY_HOST: '127.0.0.1' }), true);
  assert.equal(await warned(sound), false);
  const near = { ...sound, LATCHKEY_HOST: '127.0.0.1', LATCHKEY_TRUST_PROXY: '127.0.0.1,10.0.0.0/8' };
  assert.equal(await warned(near), false);
});

test('people get a line a finding and the sum of it', async (t) => {
  const directory = await makeDirectory(t);
  const { code, stdout } = await latchkey(directory, ['doctor']);
  assert.equal(code, 0);
  assert.match(stdout, /^ok +node +Node v\d+/m);
  assert.match(stdout, /^ +Fix: make one with openssl/m);
  assert.match(stdout, /^Judged for development: problems: 0, warnings: 2\.$/m);
});
