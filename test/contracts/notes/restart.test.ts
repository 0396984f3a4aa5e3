/** What was answered with a success is still true on the next process, and what is on its disk opens nothing. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ManualClock } from '../../support/clock.ts';
import { engine } from '../../support/environment.ts';
import { operator } from '../../support/operator.ts';
import { loginOf, no, OTHER_PASSWORD, PASSWORD, refreshOf, says, shows, start } from './driver.ts';

const directory = await mkdtemp(join(tmpdir(), 'latchkey-notes-'));
after(() => rm(directory, { recursive: true, force: true }));
const clock = new ManualClock();

/** Nothing on PostgreSQL, whose files are not ours to read; core/secrets-at-rest looks at what stores write. */
async function bytesOnDisk(): Promise<Buffer> {
  const names = (await readdir(directory)).filter((name) => name.startsWith('latchkey.db'));
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(directory, name)))));
}

test('a restart keeps sessions and links, revives nothing, and neither disk nor log holds a secret', async () => {
  const before = await start({ directory, clock });
  const waiting = await before.pending();
  const used = await before.pending();
  shows(await before.verify(used.token), 'Verified');
  const mistyped = 'nearly the passphrase of somebody';
  says(await before.login(used.username, mistyped), no.wrong);
  const person = { ...used, ...loginOf(await before.login(used.username)) };
  const drawn = refreshOf(await before.refresh(person.refresh), person.refresh);
  await before.assertWorks({ ...person, ...drawn });
  const ended = await before.guest();
  await before.server.app.admin.revokeSessions({
    actor: operator,
    account: await before.fabric.find(ended.email),
  });
  const refused = `a.${'7'.repeat(60)}1234`;
  says(await before.current(refused), no.expired);
  says(await before.refresh(refused), no.invalidRefresh);

  const tokens = [
    person.access,
    person.refresh,
    drawn.access,
    drawn.refresh,
    ended.access,
    ended.refresh,
    refused,
  ];
  const links = [waiting.token, used.token];
  const secrets = [PASSWORD, mistyped, ...tokens, ...links].flatMap((secret) => {
    const forms = [Buffer.from(secret)];
    // Without its letter, and as the bytes that it writes.
    if (tokens.includes(secret))
      forms.push(Buffer.from(secret.slice(2)), Buffer.from(secret.slice(2), 'hex'));
    if (links.includes(secret)) forms.push(Buffer.from(secret, 'base64url'));
    return forms.map((bytes) => ({ secret, bytes }));
  });
  const assertHidden = (where: Buffer) => {
    const found = secrets.filter(({ bytes }) => where.includes(bytes)).map(({ secret }) => secret);
    assert.deepEqual(found, []);
  };
  const open = await bytesOnDisk();
  await before.server.stop();
  assertHidden(open);
  assertHidden(await bytesOnDisk());
  // The development mailbox prints links into the log of a test server; everything else must not.
  const log = before.server.logged().split('\n');
  assertHidden(Buffer.from(log.filter((line) => !line.includes('/verify?token=')).join('\n')));
  if (engine === 'sqlite') assert.ok(open.includes(person.email), 'the search finds what is there');

  const notes = await start({ directory, clock });
  await notes.assertWorks(person);
  await notes.assertWorks({ ...person, ...drawn });
  refreshOf(await notes.refresh(person.refresh), person.refresh);
  says(await notes.login(person.username, PASSWORD, { bearer: person.access }), no.loggedIn);
  says(await notes.current(ended.access), no.expired);
  says(await notes.refresh(ended.refresh), no.expiredRefresh);
  says(await notes.refresh(drawn.refresh), no.invalidRefresh);
  shows(await notes.verify(used.token), 'Already Verified');
  shows(await notes.verify(waiting.token), 'Verified');
  says(await notes.login(waiting.username, OTHER_PASSWORD), no.wrong);
  loginOf(await notes.login(waiting.username));
});

test('two processes on one database see what the other has done at the next request', async () => {
  const [one, two] = [await start({ directory, clock }), await start({ directory, clock })];
  const person = await one.guest(one.person('shared'));
  for (const notes of [one, two, one]) await notes.assertWorks(person);
  const next = refreshOf(await two.refresh(person.refresh), person.refresh);
  await one.assertWorks({ ...person, ...next });
  await two.server.app.admin.revokeSessions({
    actor: operator,
    account: await two.fabric.find(person.email),
  });
  for (const { access } of [person, next]) says(await one.current(access), no.expired);
  says(await one.refresh(person.refresh), no.expiredRefresh);
});
