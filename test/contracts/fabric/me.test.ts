import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import { ME, MINUTE, no, says, start } from './driver.ts';

const fabric = await start();
const patch = (bearer: string, json: unknown) => fabric.send(ME, { method: 'PATCH', bearer, json });

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('GET /api/v1/me', () => {
  test('answers the user, its fields in the order of the document', async () => {
    const { email, account, access } = await fabric.guest();
    const answer = await fabric.me(access);
    assert.match(account.id, UUID);
    says(answer, [
      200,
      {
        id: account.id,
        email,
        first_name: null,
        last_name: null,
        date_joined: '2026-01-01T12:00:00.000Z',
        is_online: true,
        date_of_birth: null,
        bio: null,
      },
    ]);
  });

  test('the joining date is the one of the sign-up, in UTC to the millisecond', async () => {
    const { clock } = fabric.server;
    clock.advance(1_234_567);
    const at = new Date(clock.now()).toISOString();
    const { access } = await fabric.guest();
    clock.advance(MINUTE);
    assert.equal((await fabric.me(access)).body.date_joined, at);
    clock.advance(-1_234_567 - MINUTE);
  });

  test('whoever asks is online, after hours of silence, too', async () => {
    const { access } = await fabric.guest();
    fabric.server.clock.advance(59 * MINUTE);
    assert.equal((await fabric.me(access)).body.is_online, true);
  });

  test('the address is shown as it is stored', async () => {
    const email = fabric.email('Radia.Perlman');
    await fabric.account({ email });
    const { access } = await fabric.enter(email);
    assert.equal((await fabric.me(access)).body.email, email);
  });

  test('an account that was deleted after the token was made is not found', async () => {
    const { account, access } = await fabric.guest();
    await fabric.server.app.admin.deleteAccount({ actor: operator, account });
    says(await fabric.me(access), no.userGone);
    says(await patch(access, { bio: 'still here' }), no.userGone);
  });

  test('without a token there is nothing to see', async () => {
    says(await fabric.me(), no.noCredentials);
    says(await fabric.send(ME, { method: 'PATCH', json: { bio: 'x' } }), no.noCredentials);
  });

  // SEC-067
  test('answers for the token and for nothing else that a request says', async () => {
    const [mine, theirs] = [await fabric.guest(), await fabric.guest()];
    const query = `?id=${theirs.account.id}&user_id=${theirs.account.id}&email=${theirs.email}`;
    const headers = { 'x-user-id': theirs.account.id };
    const answer = await fabric.send(`${ME}${query}`, { bearer: mine.access, headers });
    assert.equal(answer.body.id, mine.account.id);
  });
});

describe('PATCH /api/v1/me', () => {
  test('sets what people say about themselves and answers the user', async () => {
    const { email, account, access } = await fabric.guest();
    const said = {
      first_name: 'Ada',
      last_name: 'Lovelace',
      date_of_birth: '1815-12-10',
      bio: 'Poetical science.',
    };
    const user = {
      id: account.id,
      email,
      first_name: 'Ada',
      last_name: 'Lovelace',
      date_joined: new Date(account.createdAt).toISOString(),
      is_online: true,
      date_of_birth: '1815-12-10',
      bio: 'Poetical science.',
    };
    says(await patch(access, said), [200, user]);
    says(await fabric.me(access), [200, user]);
  });

  test('changes what is named and leaves the rest', async () => {
    const { access } = await fabric.guest();
    await patch(access, { first_name: 'Ada', bio: 'Poetical science.' });
    const { body } = await patch(access, { bio: 'Analytical engines.' });
    assert.deepEqual([body.first_name, body.bio], ['Ada', 'Analytical engines.']);
    says(await patch(access, {}), [200, body]);
    says(await fabric.send(ME, { method: 'PATCH', bearer: access }), [200, body]);
  });

  test('null and nothing but spaces both clear', async () => {
    const { access } = await fabric.guest();
    const all = { first_name: 'Ada', last_name: 'Lovelace', date_of_birth: '1815-12-10', bio: 'x' };
    await patch(access, all);
    const cleared = await patch(access, { first_name: null, last_name: '', date_of_birth: '', bio: ' ' });
    const { first_name, last_name, date_of_birth, bio } = cleared.body;
    assert.deepEqual([first_name, last_name, date_of_birth, bio], [null, null, null, null]);
  });

  test('takes 50 characters of a name and 500 of a life, of any script, and not one more', async () => {
    const { access } = await fabric.guest();
    const long = (limit: number) => `Ensure this field has no more than ${limit} characters.`;
    const { status } = await patch(access, {
      first_name: '名'.repeat(50),
      last_name: '😀'.repeat(50),
      bio: 'é'.repeat(500),
    });
    assert.equal(status, 200);
    says(
      await patch(access, { first_name: 'a'.repeat(51), last_name: 'b'.repeat(51), bio: 'c'.repeat(501) }),
      no.fields(400, 'max_length', { first_name: long(50), last_name: long(50), bio: long(500) }),
    );
  });

  // SEC-088
  test('refuses in names what is no single visible line, and in a text controls but line breaks', async () => {
    const { access } = await fabric.guest();
    const notText = 'Not a valid string.';
    for (const harm of [
      '\r\n',
      '\n',
      '\u0007',
      '\u001b[2J',
      '\u0085',
      '\u2028',
      '\u202e',
      '\u2066',
      '\u007f',
    ]) {
      const name = `a${harm}b`;
      says(
        await patch(access, { first_name: name, last_name: name }),
        no.fields(400, 'invalid', { first_name: notText, last_name: notText }),
      );
    }
    for (const harm of ['\u0007', '\u001b[2J', '\u0085', '\u007f']) {
      says(await patch(access, { bio: `a${harm}b` }), no.fields(400, 'invalid', { bio: notText }));
    }
    const fine = {
      first_name: 'می\u200cخواهم',
      last_name: 'O’Neil 👩\u200d🚀',
      bio: 'one\r\n\ttwo\n\u2067שלום\u2069',
    };
    const { status, body } = await patch(access, fine);
    assert.deepEqual([status, body.first_name, body.last_name, body.bio], [200, ...Object.values(fine)]);
  });

  test('refuses what is no text, and days that no calendar has', async () => {
    const { access } = await fabric.guest();
    const notText = 'Not a valid string.';
    says(
      await patch(access, { first_name: 1.5, last_name: ['x'], date_of_birth: true, bio: { a: 1 } }),
      no.fields(400, 'invalid', {
        first_name: notText,
        last_name: notText,
        date_of_birth: notText,
        bio: notText,
      }),
    );
    says(await patch(access, { bio: 'a\0b' }), no.fields(400, 'invalid', { bio: notText }));
    for (const day of [
      '10.12.1815',
      '1815-2-1',
      '2023-02-29',
      '2024-02-30',
      '2024-13-01',
      '1815-12-10T00:00:00Z',
    ]) {
      const { status, body } = await patch(access, { date_of_birth: day });
      assert.deepEqual(
        [status, body.error_code, Object.keys(body.detail)],
        [400, 'invalid', ['date_of_birth']],
      );
    }
    assert.equal((await patch(access, { date_of_birth: '2024-02-29' })).body.date_of_birth, '2024-02-29');
    says(await fabric.send(ME, { method: 'PATCH', bearer: access, json: [] }), no.notADictionary);
  });

  // SEC-066
  test('nothing else of an account can be set', async () => {
    const { email, account, access } = await fabric.guest();
    const before = (await fabric.me(access)).text;
    const answer = await patch(access, {
      id: 'other',
      user_id: 'other',
      number: 1,
      email: 'other@example.com',
      phone: '+491711234567',
      username: 'other',
      is_superuser: true,
      is_staff: true,
      is_active: true,
      is_verified: true,
      is_online: false,
      email_verified: true,
      date_joined: '1970-01-01T00:00:00Z',
      password: 'x',
      hashed_password: 'x',
      epoch: 99,
      constructor: 'x',
      // What JSON.parse makes of it is an ordinary property.
      ['__proto__']: { is_superuser: true },
    });
    assert.deepEqual([answer.status, answer.text], [200, before]);
    const { lastSeenAt: _seen, ...stored } = await fabric.find(email);
    const { lastSeenAt: _unseen, ...made } = account;
    assert.deepEqual(stored, made);
  });
});
