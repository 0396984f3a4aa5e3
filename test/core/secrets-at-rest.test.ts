import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from 'otpauth';
import type { IssuedTokens } from '../../src/core/session/index.ts';
import { onSqliteOnly } from '../support/environment.ts';
import { operator } from '../support/operator.ts';
import { clientIn, email, MINUTE, openBench, seededRandom } from './bench.ts';

const ADDRESS = 'alice@example.com';
const PHONE_OWNER = 'bob@example.com';
const PASSWORDS = {
  first: 'canary of the first morning',
  changed: 'canary of the second morning',
  recovered: 'canary of the third morning',
  operators: 'canary of the fourth morning',
  wrong: 'canary that never sang at all',
};

/** Mistyped secrets are nearly secrets. No code of this run. */
const MISTYPED = '907316';

/** Every way in which the bytes of a secret could stand in a file. */
function writings(secret: string | Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [
    bytes.toString('hex'),
    bytes.toString('base64url'),
    bytes.toString('base64').replace(/=+$/, ''),
  ];
  const wide = typeof secret === 'string' ? [Buffer.from(secret, 'utf16le')] : [];
  // A code is too short for its hexadecimal to mean anything: digits stand in a file as digits.
  const written =
    typeof secret === 'string' && /^\d{6}$/.test(secret) ? [] : texts.map((text) => Buffer.from(text));
  return [bytes, ...wide, ...written];
}

/** The database as somebody who steals the disk has it: the file, its WAL and whatever else lies beside it. */
async function stolenDisk(directory: string): Promise<Buffer> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('latchkey.db'));
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(directory, name)))));
}

// SEC-027, SEC-087
const skip = onSqliteOnly(
  'it reads the bytes of the database file; the same stores write the same values elsewhere',
);

test('no password, code, token or key can be found in the database or the log, whatever was done', {
  skip,
}, async (t) => {
  const bench = await openBench(t, { random: seededRandom('secrets at rest') });
  const { admin, auth, contract, keys } = bench;
  const identifier = email(ADDRESS);
  const secrets = new Map<string, string | Uint8Array>();
  const confirm = async (code: string) => ({
    contract,
    permit: await bench.permit('confirm'),
    identifier,
    code,
  });
  let networks = 0;
  /** Each time from another network, for this person asks for many messages. */
  const demand = async (delivery: typeof bench.code | typeof bench.link) => ({
    contract,
    permit: await bench.permit('message', clientIn(`198.51.${networks++}.0`)),
    identifier,
    delivery,
  });
  /** Keeps what was sent in mind and hands out the newest. */
  const received = async (what: string, to = ADDRESS): Promise<string> => {
    const messages = await bench.messages();
    for (const message of messages) {
      const secret = bench.secretOf(message);
      if (secret === '') continue;
      secrets.set(`${what} (${secrets.size})`, secret);
      if (message.link !== undefined) secrets.set(`${what}, decoded`, Buffer.from(secret, 'base64url'));
    }
    const newest = messages.findLast((message) => message.to === to);
    assert.ok(newest !== undefined, what);
    return bench.secretOf(newest);
  };
  const minted = (what: string, { access, refresh = '' }: IssuedTokens): IssuedTokens => {
    const claims = JSON.parse(Buffer.from(refresh.split('.')[1] ?? '', 'base64url').toString()) as {
      jti: string;
    };
    secrets.set(`${what}: access token`, access);
    secrets.set(`${what}: its signature`, access.split('.')[2] ?? '');
    secrets.set(`${what}: refresh token`, refresh);
    secrets.set(`${what}: refresh handle`, Buffer.from(claims.jti, 'base64url'));
    return { issuedAt: 0, access, accessExpiresAt: 0, refresh };
  };
  for (const [which, password] of Object.entries(PASSWORDS)) secrets.set(`password ${which}`, password);
  secrets.set('mistyped code', MISTYPED);
  for (const purpose of [
    'challenge-code',
    'identifier-name',
    'outbox',
    'refresh-successor',
    'totp-secret',
    'jwt:bench:access',
  ] as const) {
    secrets.set(`key ${purpose}`, keys(purpose));
  }
  const root = await readFile(join(bench.directory, 'latchkey.secret'), 'utf8');
  secrets.set('the root secret', root.trim());

  // Signing up, twice, the second time by link.
  const signUp = { identifier, password: PASSWORDS.first };
  await auth.signUp({ ...(await demand(bench.code)), ...signUp });
  await received('sign-up code');
  bench.clock.advance(MINUTE);
  await auth.resendSignUp(await demand(bench.link));
  await auth.confirmSignUp(await confirm(await received('sign-up link')));

  // Signing in, wrongly and rightly, and staying.
  await assert.rejects(bench.signIn(ADDRESS, PASSWORDS.wrong));
  await assert.rejects(bench.signIn('nobody@example.com', PASSWORDS.wrong));
  const first = minted('sign-in', await bench.signIn(ADDRESS, PASSWORDS.first));
  const permit = await bench.permit('refresh');
  const second = minted('refresh', await auth.refresh({ contract, permit, token: first.refresh ?? '' }));
  await auth.refresh({ contract, permit, token: first.refresh ?? '' });

  // Without a password: by code, by link, by a link that becomes a code, and with a wrong code.
  await auth.requestSignIn(await demand(bench.code));
  minted('sign-in by code', await auth.confirmSignIn(await confirm(await received('sign-in code'))));
  await auth.requestSignIn(await demand(bench.link));
  const { code: approved } = await auth.approveSignIn(await confirm(await received('sign-in link')));
  secrets.set('approved code', approved);
  minted('sign-in by approval', await auth.confirmSignIn(await confirm(approved)));
  await assert.rejects(auth.confirmSignIn(await confirm(MISTYPED)));

  // Changing password and address.
  const live = await bench.authenticate(second.access);
  await auth.changePassword({
    contract,
    permit: await bench.permit('sign_in'),
    live,
    currentPassword: PASSWORDS.first,
    newPassword: PASSWORDS.changed,
  });
  const newEmail = email('alice@new.example');
  await auth.requestEmailChange({
    ...(await demand(bench.code)),
    live: await bench.authenticate(second.access),
    newEmail,
    currentPassword: PASSWORDS.changed,
  });
  const changeCode = await received('e-mail change code', 'alice@new.example');
  await auth.confirmEmailChange({ ...(await confirm(changeCode)), identifier: newEmail });

  // Recovering, for somebody and for nobody; one code stays unanswered, in a message that is never delivered.
  const recover = async (delivery: typeof bench.code | typeof bench.link) => ({
    ...(await demand(delivery)),
    identifier: newEmail,
  });
  await auth.requestRecovery(await recover(bench.code));
  const code = await received('recovery code', 'alice@new.example');
  await auth.confirmRecovery({
    ...(await confirm(code)),
    identifier: newEmail,
    newPassword: PASSWORDS.recovered,
  });
  await auth.requestRecovery({ ...(await demand(bench.link)), identifier: email('nobody@example.com') });
  await auth.requestRecovery(await recover(bench.link));
  const waiting = await bench.storage.outbox.claim({
    owner: 'test',
    now: bench.clock.now(),
    leaseUntil: bench.clock.now(),
    limit: 10,
  });
  for (const entry of waiting) {
    const token = bench.secretOf(bench.core.outbox.open(entry).payload);
    secrets.set('unanswered link', token);
    secrets.set('unanswered link, decoded', Buffer.from(token, 'base64url'));
  }

  // What operators do.
  const account = await bench.createAccount(PHONE_OWNER, PASSWORDS.first);
  const { passwordPolicy } = contract;
  await admin.setPassword({ actor: operator, account, password: PASSWORDS.operators, passwordPolicy });
  minted('operator’s account', await bench.signIn(PHONE_OWNER, PASSWORDS.operators));
  await admin.revokeSessions({ actor: operator, account });
  const { secret } = await admin.enrollTotp({ actor: operator, account });
  secrets.set('TOTP secret', secret);
  secrets.set('TOTP secret, decoded', Buffer.from(Secret.fromBase32(secret).buffer));
  await admin.disableAccount({ actor: operator, account });

  assert.ok(secrets.size > 35, `${secrets.size} secrets`);
  assert.ok(secrets.has('unanswered link'));
  const opened = await stolenDisk(bench.directory);
  await bench.close();
  const closed = await stolenDisk(bench.directory);
  for (const [where, bytes] of Object.entries({
    'the files of the open database': opened,
    'the file of the closed database': closed,
    'the log': Buffer.from(bench.logged()),
  })) {
    const found = [...secrets].filter(([, secret]) =>
      writings(secret).some((writing) => bytes.includes(writing)),
    );
    assert.deepEqual(
      found.map(([name]) => name),
      [],
      where,
    );
  }
  // The search finds what is there.
  assert.ok(opened.includes('alice@new.example') && closed.includes('$argon2id$'));
});
