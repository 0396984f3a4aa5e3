import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import { DAY, HOUR, loginOf, no, refreshOf, SECOND, says, start, times } from './driver.ts';

const notes = await start();
const { clock, app } = notes.server;

describe('a refresh', () => {
  test('gives a new access token for two hours, and a refresh token that is dead', async () => {
    const person = await notes.guest();
    const next = refreshOf(await notes.refresh(person.refresh), person.refresh);
    assert.notEqual(next.access, person.access);
    await notes.assertWorks(person);
    await notes.assertWorks({ ...person, ...next });
    says(await notes.refresh(next.refresh), no.invalidRefresh);
    clock.advance(7200 * SECOND);
    says(await notes.current(next.access), no.expired);
  });

  test('leaves its token as it was: the client uses it again for 30 days, while its session lives', async () => {
    const person = await notes.guest();
    for (const days of [0, 1, 10, 18]) {
      clock.advance(days * DAY);
      const first = refreshOf(await notes.refresh(person.refresh), person.refresh);
      const second = refreshOf(await notes.refresh(person.refresh), person.refresh);
      assert.notEqual(first.access, second.access);
      assert.notEqual(first.refresh, second.refresh);
      await notes.assertWorks({ ...person, access: first.access });
      await notes.assertWorks({ ...person, access: second.access });
    }
    clock.advance(DAY - 1);
    const last = refreshOf(await notes.refresh(person.refresh), person.refresh);
    clock.advance(1);
    says(await notes.refresh(person.refresh), no.expiredRefresh);
    clock.advance(2 * HOUR - 2);
    await notes.assertWorks({ ...person, ...last });
    clock.advance(1);
    says(await notes.current(last.access), no.expired);
  });

  test('ends with its session', async () => {
    const person = await notes.guest();
    const next = refreshOf(await notes.refresh(person.refresh), person.refresh);
    await app.admin.revokeSessions({ actor: operator, account: await notes.fabric.find(person.email) });
    says(await notes.refresh(person.refresh), no.expiredRefresh);
    for (const { access } of [person, next]) says(await notes.current(access), no.expired);
  });

  test('ends with its account', async () => {
    const person = await notes.guest();
    const account = await notes.fabric.find(person.email);
    await notes.assertWorks(person);
    await app.admin.deleteAccount({ actor: operator, account });
    says(await notes.refresh(person.refresh), no.expiredRefresh);
    says(await notes.current(person.access), no.expired);
  });

  test('is not blocked by an expired or broken token', async () => {
    const person = await notes.guest();
    clock.advance(3 * HOUR);
    for (const bearer of [person.access, 'rubbish', person.refresh]) {
      refreshOf(await notes.refresh(person.refresh, { bearer }), person.refresh);
    }
    const { refresh, access } = loginOf(await notes.login(person.username));
    refreshOf(await notes.refresh(refresh, { bearer: access }), refresh);
  });

  test('works fifty times at once, and every token of it works', async () => {
    const person = await notes.guest();
    const answers = await Promise.all(times(50, () => notes.refresh(person.refresh)));
    const drawn = answers.map((answer) => refreshOf(answer, person.refresh));
    assert.equal(new Set(drawn.map(({ access }) => access)).size, 50);
    for (const { access } of [person, ...drawn]) await notes.assertWorks({ ...person, access });
    refreshOf(await notes.refresh(person.refresh), person.refresh);
  });

  test('in a loop fills no disk: a session has a hundred access tokens that work, the newest', async () => {
    const person = await notes.guest();
    const drawn: string[] = [person.access];
    for (const _ of times(104, String)) {
      drawn.push(refreshOf(await notes.refresh(person.refresh), person.refresh).access);
    }
    const works = [];
    for (const access of drawn) works.push((await notes.current(access)).status === 200);
    assert.deepEqual(works, [...times(5, () => false), ...times(100, () => true)]);
  });
});

describe('a refresh is refused', () => {
  test('with 400 when its token is absent or empty', async () => {
    says(await notes.post('refresh'), no.badRequest);
    says(await notes.refresh(''), no.badRequest);
    says(await notes.post('refresh', { token: `r.${'0'.repeat(64)}` }), no.badRequest);
  });

  test('with 406 `Invalid request` for any text that is no `r.` token', async () => {
    const { access, refresh } = await notes.guest();
    const dead = refreshOf(await notes.refresh(refresh), refresh).refresh;
    const { refresh: jwt } = await notes.fabric.guest();
    const others = [
      access,
      dead,
      jwt,
      'x',
      ' ',
      refresh.toUpperCase(),
      refresh.slice(2),
      refresh.slice(0, -1),
      `${refresh}0`,
      ` ${refresh}`,
      `${refresh}\n`,
      `R${refresh.slice(1)}`,
      `${refresh.slice(0, -1)}g`,
      'x'.repeat(8000),
    ];
    for (const token of others) says(await notes.refresh(token), no.invalidRefresh);
  });

  test('with 406 `Expired token` for an `r.` that nobody got', async () => {
    const { access, refresh } = await notes.guest();
    says(await notes.refresh(`r.${'0'.repeat(64)}`), no.expiredRefresh);
    // The bits of another token are not those of this one.
    says(await notes.refresh(`r.${access.slice(2)}`), no.expiredRefresh);
    says(await notes.current(`a.${refresh.slice(2)}`), no.expired);
  });
});
