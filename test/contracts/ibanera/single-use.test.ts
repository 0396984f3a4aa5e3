import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { ManualClock } from '../../support/clock.ts';
import { operator } from '../../support/operator.ts';
import { startTestServer } from '../../support/server.ts';
import { makeFastDirectory } from '../../support/temporary.ts';
import { HOUR, Ibanera, no, PASSWORD, STEP, says, start, tally, times, tokensOf } from './driver.ts';

const ibanera = await start();
const { clock, app } = ibanera.server;
const enter = (partner: { username: string; password: string }, code: string) =>
  ibanera.logIn(partner.username, partner.password, code);

describe('the code of a login', () => {
  // SEC-032
  test('opens one session and no second', async () => {
    const partner = await ibanera.partner();
    const code = ibanera.code(partner);
    tokensOf(await enter(partner, code));
    says(await enter(partner, code), no.incorrect);
    clock.advance(STEP);
    says(await enter(partner, code), no.incorrect);
    tokensOf(await enter(partner, ibanera.code(partner)));
  });

  // SEC-032
  test('is worth nothing after a later one was used', async () => {
    const partner = await ibanera.partner();
    const [earlier, later] = [ibanera.code(partner), ibanera.code(partner, 1)];
    tokensOf(await enter(partner, later));
    says(await enter(partner, earlier), no.incorrect);
  });

  // SEC-034
  test('may be one step early or late, not two', async () => {
    for (const offset of [-2, -1, 0, 1, 2]) {
      const partner = await ibanera.partner();
      const answer = await enter(partner, ibanera.code(partner, offset));
      if (Math.abs(offset) <= 1) tokensOf(answer);
      else says(answer, no.incorrect);
    }
  });

  // SEC-033
  test('wins one of fifty logins at the same moment', async () => {
    const partner = await ibanera.partner();
    const code = ibanera.code(partner);
    const answers = await Promise.all(times(50, () => enter(partner, code)));
    assert.deepEqual(tally(answers), { 200: 1, 400: 49 });
    const sessions = await app.storage.sessions.list(partner.account.id);
    assert.equal(sessions.length, 1);
    const events = await app.storage.audit.list({ accountId: partner.account.id, limit: 100 });
    assert.equal(events.filter(({ type }) => type === 'sign_in_succeeded').length, 1);
  });

  test('of another account opens nothing', async () => {
    const [one, other] = [await ibanera.partner(), await ibanera.partner()];
    says(await enter(one, ibanera.code(other)), no.incorrect);
    tokensOf(await enter(other, ibanera.code(other)));
  });

  // SEC-037
  test('is not revived by a clock that steps back and forth, and no clock locks anybody out', async () => {
    const partner = await ibanera.partner();
    const now = ibanera.code(partner);
    tokensOf(await enter(partner, now));
    // An hour ahead by mistake.
    clock.advance(HOUR);
    const ahead = ibanera.code(partner);
    tokensOf(await enter(partner, ahead));
    // Put right again: what was used stays used, and the next code works.
    clock.advance(-HOUR);
    says(await enter(partner, now), no.incorrect);
    clock.advance(STEP);
    tokensOf(await enter(partner, ibanera.code(partner)));
    clock.advance(HOUR - STEP);
    says(await enter(partner, ahead), no.incorrect);
    tokensOf(await enter(partner, ibanera.code(partner, 1)));
    clock.advance(-2 * STEP);
    says(await enter(partner, ahead), no.incorrect);
    clock.advance(2 * STEP);
  });

  test('is of the newest secret alone', async () => {
    const partner = await ibanera.partner();
    const { secret, replaced } = await app.admin.enrollTotp({ actor: operator, account: partner.account });
    assert.equal(replaced, true);
    says(await enter(partner, ibanera.code(partner)), no.incorrect);
    tokensOf(await enter(partner, ibanera.code({ secret })));
  });
});

// SEC-021
test('a restart revives no code', async (t) => {
  const directory = await makeFastDirectory();
  t.after(() => rm(directory, { recursive: true, force: true }));
  const at = new ManualClock();
  const before = new Ibanera(await startTestServer({ directory, clock: at }));
  const partner = await before.partner();
  const code = before.code(partner);
  tokensOf(await before.logIn(partner.username, PASSWORD, code));
  await before.server.stop();
  const after = new Ibanera(await startTestServer({ directory, clock: at }));
  t.after(() => after.server.stop());
  says(await after.logIn(partner.username, PASSWORD, code), no.incorrect);
  at.advance(STEP);
  tokensOf(await after.logIn(partner.username, PASSWORD, after.code(partner)));
});
