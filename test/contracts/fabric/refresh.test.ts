import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import { claimsOf, DAY, HOUR, MINUTE, no, SECOND, says, start, tally, times, tokensOf } from './driver.ts';

const fabric = await start({ env: { LATCHKEY_FABRIC_SESSION_LIFETIME: '3d' } });
const { clock, app } = fabric.server;
const exchange = async (token: string) => tokensOf(await fabric.refresh(token));

describe('exchanging a refresh token', () => {
  test('gives a new pair of the same session; the old access token goes on until it expires', async () => {
    const first = await fabric.guest();
    clock.advance(MINUTE);
    const second = await exchange(first.refresh);
    assert.notEqual(second.access, first.access);
    assert.notEqual(second.refresh, first.refresh);
    assert.equal(claimsOf(second.access).sid, claimsOf(first.access).sid);
    assert.equal(claimsOf(second.access).iat - claimsOf(first.access).iat, 60);
    for (const { access } of [first, second]) assert.equal((await fabric.me(access)).status, 200);
    await exchange(second.refresh);
  });

  test('refuses in the documented order: missing, then what is no refresh token', async () => {
    const { access, refresh } = await fabric.guest();
    says(await fabric.post('token/refresh/', {}), no.missing('refresh'));
    says(await fabric.refresh(null), no.fields(400, 'null', { refresh: 'This field may not be null.' }));
    says(await fabric.refresh(''), no.fields(400, 'blank', { refresh: 'This field may not be blank.' }));
    says(await fabric.refresh(true), no.fields(400, 'invalid', { refresh: 'Not a valid string.' }));
    says(await fabric.refresh(7), no.badRefresh);
    const [head, body, signature] = refresh.split('.');
    for (const garbage of [
      'garbage',
      'a.b.c',
      access,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${head}.${body}.${signature}=`,
      ` ${refresh}`,
      `${refresh}\n`,
      `${refresh}.x`,
      `${head}.${access.split('.')[1]}.${signature}`,
      // Signed as it should be, with the key of the other kind.
      `${access.split('.').slice(0, 2).join('.')}.${signature}`,
    ]) {
      says(await fabric.refresh(garbage), no.badRefresh);
    }
    await exchange(refresh);
  });

  test('is asked for as refresh or refresh_token: the first counts, and errors name it', async () => {
    const { refresh, access } = await fabric.guest();
    const send = (body: object) => fabric.post('token/refresh/', body);
    says(
      await send({ refresh_token: null }),
      no.fields(400, 'null', { refresh: 'This field may not be null.' }),
    );
    says(await send({ refresh_token: access }), no.badRefresh);
    says(await send({ refresh: access, refresh_token: refresh }), no.badRefresh);
    says(
      await send({ refresh: null, refresh_token: refresh }),
      no.fields(400, 'null', { refresh: 'This field may not be null.' }),
    );
    const answer = await send({ refresh_token: refresh });
    assert.deepEqual(Object.keys(tokensOf(answer)), ['access', 'refresh']);
    assert.deepEqual(tokensOf(await send({ refresh, refresh_token: access })), tokensOf(answer));
  });

  test('works to the last millisecond of its 24 hours and not at their end', async () => {
    const [early, late] = [await fabric.guest(), await fabric.guest()];
    clock.advance(DAY - 1);
    await exchange(early.refresh);
    clock.advance(1);
    says(await fabric.refresh(late.refresh), no.refreshOver);
  });

  // SEC-060
  test('however often it is refreshed, a session ends when it must; its last tokens say so', async () => {
    const guest = await fabric.guest();
    const end = clock.now() + 3 * DAY;
    let { refresh } = guest;
    for (const _day of times(3, (day) => day)) {
      clock.advance(20 * HOUR);
      ({ refresh } = await exchange(refresh));
    }
    clock.advance(end - clock.now() - 30 * MINUTE);
    const last = await exchange(refresh);
    assert.equal(claimsOf(last.access).exp, end / SECOND);
    assert.equal(claimsOf(last.refresh).exp, end / SECOND);
    clock.advance(30 * MINUTE - 1);
    assert.equal((await fabric.me(last.access)).status, 200);
    clock.advance(1);
    says(await fabric.me(last.access), no.expiredToken);
    says(await fabric.refresh(last.refresh), no.refreshOver);
  });
});

describe('repeating an exchange', () => {
  // SEC-057
  test('fifty at the same time get the same bytes', async () => {
    const { refresh } = await fabric.guest();
    const answers = await Promise.all(times(50, () => fabric.refresh(refresh)));
    assert.deepEqual(tally(answers), { 200: 50 });
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    const { access, refresh: successor } = answers[0]?.body ?? {};
    assert.equal((await fabric.me(access)).status, 200);
    await exchange(successor);
  });

  test('within 30 seconds gets the same bytes, to the last millisecond', async () => {
    const { refresh } = await fabric.guest();
    const first = await fabric.refresh(refresh);
    for (const wait of [0, 1, 10 * SECOND, 20 * SECOND - 1]) {
      clock.advance(wait);
      const again = await fabric.refresh(refresh);
      assert.equal(again.text, first.text);
    }
  });

  // SEC-058
  test('within 30 seconds, but after the successor was used, is refused and changes nothing', async () => {
    const { refresh: grandparent } = await fabric.guest();
    const { refresh: parent } = await exchange(grandparent);
    const child = await exchange(parent);
    says(await fabric.refresh(grandparent), no.refreshOver);
    clock.advance(30 * SECOND);
    says(await fabric.refresh(grandparent), no.refreshOver);
    assert.deepEqual(await exchange(parent), child);
    assert.equal((await fabric.me(child.access)).status, 200);
    await exchange(child.refresh);
  });

  // SEC-056
  test('later than that ends the session and every token of it, and no other session', async () => {
    const { email, account, access, refresh } = await fabric.guest();
    const bystander = await fabric.enter(email);
    const second = await exchange(refresh);
    const third = await exchange(second.refresh);
    clock.advance(30 * SECOND + 1);
    const fourth = await exchange(third.refresh);
    says(await fabric.refresh(refresh), no.refreshOver);
    for (const token of [access, second.access, third.access, fourth.access]) {
      says(await fabric.me(token), no.badToken);
    }
    for (const token of [second.refresh, third.refresh, fourth.refresh, refresh]) {
      says(await fabric.refresh(token), no.refreshOver);
    }
    assert.equal((await fabric.me(bystander.access)).status, 200);
    await exchange(bystander.refresh);
    const events = await app.storage.audit.list({ accountId: account.id, limit: 50 });
    assert.equal(events.filter(({ type }) => type === 'refresh_reused').length, 1);
  });

  test('later than that, by fifty at the same time, is one theft', async () => {
    const { account, refresh } = await fabric.guest();
    const next = await exchange(refresh);
    clock.advance(31 * SECOND);
    const answers = await Promise.all(times(50, () => fabric.refresh(refresh)));
    assert.deepEqual(tally(answers), { 401: 50 });
    says(await fabric.me(next.access), no.badToken);
    const events = await app.storage.audit.list({ accountId: account.id, limit: 50 });
    assert.equal(events.filter(({ type }) => type === 'refresh_reused').length, 1);
  });

  test('gets nothing once the session has ended, however soon it comes', async () => {
    const { account, refresh } = await fabric.guest();
    await exchange(refresh);
    await app.admin.revokeSessions({ actor: operator, account });
    says(await fabric.refresh(refresh), no.refreshOver);
  });
});

// SEC-061
describe('a refresh token dies with', () => {
  const events = {
    'the revocation of the sessions': 'revokeSessions',
    'the deactivation of the account': 'disableAccount',
    'the account': 'deleteAccount',
  } as const;
  for (const [event, flow] of Object.entries(events)) {
    test(event, async () => {
      const { account, access, refresh } = await fabric.guest();
      const next = await exchange(refresh);
      await app.admin[flow]({ actor: operator, account });
      says(await fabric.refresh(next.refresh), no.refreshOver);
      const gone = flow === 'deleteAccount';
      for (const token of [access, next.access])
        says(await fabric.me(token), gone ? no.userGone : no.badToken);
    });
  }

  test('and nothing brings it back: an account that is switched on again has no old sessions', async () => {
    const { account, access, refresh } = await fabric.guest();
    await app.admin.disableAccount({ actor: operator, account });
    await app.admin.enableAccount({ actor: operator, account });
    says(await fabric.me(access), no.badToken);
    says(await fabric.refresh(refresh), no.refreshOver);
  });
});
