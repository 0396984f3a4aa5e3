import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operator } from '../../support/operator.ts';
import { send } from '../../support/wire.ts';
import {
  done,
  HOUR,
  LOGOUT,
  ME,
  no,
  type Partner,
  STEP,
  says,
  start,
  type Tokens,
  tally,
  times,
} from './driver.ts';

const ibanera = await start();
const { clock, app } = ibanera.server;

const isIn = async (partner: Partner, { accessToken }: Tokens) =>
  (await ibanera.me(accessToken, ibanera.code(partner))).status === 200;

const guess = (partner: Partner & Tokens) => ibanera.me(partner.accessToken, ibanera.wrongCode(partner));

describe('an authorised request', () => {
  test('names each header that fails', async () => {
    const { accessToken, ...partner } = await ibanera.signedIn();
    const code = ibanera.code(partner);
    says(await ibanera.me(), no.headers(['Authorization', 'Required'], ['otp', 'Required']));
    says(await ibanera.me(undefined, code), no.token('Required'));
    says(await ibanera.me(accessToken), no.otp('Required'));
    says(await ibanera.me(accessToken, ''), no.otp('Required'));
    says(await ibanera.me('garbage'), no.headers(['Authorization', 'Invalid'], ['otp', 'Required']));
    says(await ibanera.me('garbage', code), no.token('Invalid'));
    says(await ibanera.me('garbage', 'x'), no.headers(['Authorization', 'Invalid'], ['otp', 'Invalid']));
    says(await ibanera.me(accessToken, ibanera.wrongCode(partner)), no.otp('Invalid'));
    const headers = { authorization: 'Basic YTpi', otp: code };
    says(await ibanera.send(ME, { headers }), no.token('Invalid'));
  });

  test('is refused as expired when the access token is over', async () => {
    const partner = await ibanera.signedIn();
    clock.advance(HOUR - 1);
    assert.equal(await isIn(partner, partner), true);
    clock.advance(1);
    says(await ibanera.me(partner.accessToken, ibanera.code(partner)), no.token('Expired'));
    says(
      await ibanera.me(partner.accessToken, 'x'),
      no.headers(['Authorization', 'Expired'], ['otp', 'Invalid']),
    );
  });

  // SEC-035
  test('takes a code as often as its window lasts, the one of the login and one of another session', async () => {
    const partner = await ibanera.partner();
    const code = ibanera.code(partner);
    const first = await ibanera.session(partner);
    for (const _ of times(3, String)) assert.equal((await ibanera.me(first.accessToken, code)).status, 200);
    clock.advance(STEP);
    const second = await ibanera.session(partner);
    assert.equal((await ibanera.me(second.accessToken, code)).status, 200);
    clock.advance(STEP);
    says(await ibanera.me(second.accessToken, code), no.otp('Invalid'));
  });

  // SEC-026
  test('takes a code however it was pasted or typed, and counts it as right', async () => {
    const { accessToken, ...partner } = await ibanera.signedIn();
    const code = ibanera.code(partner);
    const wide = [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');
    for (const typed of [
      `${code.slice(0, 3)} ${code.slice(3)}`,
      `${code.slice(0, 3)}-${code.slice(3)}`,
      `\u00a0${code}`,
      // As clients send what is no Latin-1: bytes of UTF-8.
      Buffer.from(wide).toString('latin1'),
    ]) {
      says(await ibanera.me('garbage', typed), no.token('Invalid'));
      for (const _ of times(6, String))
        assert.equal((await ibanera.me(accessToken, typed)).status, 200, typed);
    }
  });

  // SEC-034
  test('takes a code one step early or late, not two', async () => {
    const partner = await ibanera.signedIn();
    for (const offset of [-2, -1, 0, 1, 2]) {
      const answer = await ibanera.me(partner.accessToken, ibanera.code(partner, offset));
      assert.equal(answer.status, Math.abs(offset) <= 1 ? 200 : 401, `step ${offset}`);
    }
  });

  // SEC-035
  test('takes no code of another account, and none that is sent twice', async () => {
    const partner = await ibanera.signedIn();
    const other = await ibanera.partner();
    says(await ibanera.me(partner.accessToken, ibanera.code(other)), no.otp('Invalid'));
    const code = ibanera.code(partner);
    const twice = [
      ['host', 'x'],
      ['authorization', `Bearer ${partner.accessToken}`],
      ['otp', code],
      ['otp', code],
      ['connection', 'close'],
    ];
    const lines = twice.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const answer = await ibanera.raw(`GET ${ME} HTTP/1.1\r\n${lines}\r\n`);
    assert.match(answer, /^HTTP\/1\.1 401 /);
    assert.ok(answer.endsWith(JSON.stringify(no.otp('Invalid')[1])));
  });

  // SEC-050
  test('takes no token of another kind or another door', async () => {
    const partner = await ibanera.signedIn();
    const code = ibanera.code(partner);
    says(await ibanera.me(partner.refreshToken, code), no.token('Invalid'));
    const fabric = await send(`${ibanera.server.url}/api/v1/auth/login/basic`, {
      json: { identifier: partner.username, password: partner.password },
    });
    assert.equal(fabric.status, 200, fabric.text);
    says(await ibanera.me(fabric.body.access, code), no.token('Invalid'));
    const there = await send(`${ibanera.server.url}/api/v1/me`, { bearer: partner.accessToken });
    assert.equal(there.status, 401);
  });

  // SEC-065
  test('of a deleted account is refused like any other token that is not good', async () => {
    const partner = await ibanera.signedIn();
    await app.admin.deleteAccount({ actor: operator, account: partner.account });
    says(await ibanera.me(partner.accessToken, ibanera.code(partner)), no.token('Invalid'));
  });

  // SEC-061
  test('is refused at once after whatever ends sessions', async () => {
    const ends = {
      revocation: (account: Partner['account']) => app.admin.revokeSessions({ actor: operator, account }),
      disabling: (account: Partner['account']) => app.admin.disableAccount({ actor: operator, account }),
      'a new TOTP secret': (account: Partner['account']) =>
        app.admin.enrollTotp({ actor: operator, account }),
      'the end of TOTP': (account: Partner['account']) => app.admin.removeTotp({ actor: operator, account }),
    };
    for (const [what, end] of Object.entries(ends)) {
      const partner = await ibanera.signedIn();
      assert.equal(await isIn(partner, partner), true, `before ${what}`);
      await end(partner.account);
      says(await ibanera.me(partner.accessToken, ibanera.code(partner)), no.token('Invalid'));
      says(await ibanera.refresh(partner.refreshToken), no.refreshInvalid);
    }
  });
});

describe('wrong codes beside a token', () => {
  // SEC-036
  test('five in a row end that session, with its refresh token, and nothing else', async () => {
    const partner = await ibanera.partner();
    const stolen = { ...partner, ...(await ibanera.session(partner)) };
    clock.advance(STEP);
    const own = await ibanera.session(partner);
    for (const _ of times(5, String)) says(await guess(stolen), no.otp('Invalid'));
    says(await ibanera.me(stolen.accessToken, ibanera.code(partner)), no.token('Invalid'));
    says(await ibanera.refresh(stolen.refreshToken), no.refreshInvalid);
    assert.equal(await isIn(partner, own), true);
    clock.advance(STEP);
    await ibanera.session(partner);
    const ended = (await app.storage.sessions.list(partner.account.id)).filter(
      ({ endedAt }) => endedAt !== null,
    );
    assert.deepEqual(
      ended.map(({ endReason }) => endReason),
      ['totp_guessed_out'],
    );
    const events = await app.storage.audit.list({ accountId: partner.account.id, limit: 100 });
    assert.equal(events.filter(({ type }) => type === 'totp_guessed_out').length, 1);
  });

  test('four and a right one start over', async () => {
    const partner = await ibanera.signedIn();
    for (const _ of times(3, String)) {
      for (const __ of times(4, String)) says(await guess(partner), no.otp('Invalid'));
      assert.equal(await isIn(partner, partner), true);
    }
  });

  test('count whatever they look like; a header that is missing is no guess', async () => {
    const partner = await ibanera.signedIn();
    for (const code of ['1', 'abcdef', '1234567', '12 456'])
      says(await ibanera.me(partner.accessToken, code), no.otp('Invalid'));
    for (const _ of times(6, String)) says(await ibanera.me(partner.accessToken), no.otp('Required'));
    assert.equal(await isIn(partner, partner), true);
  });

  // SEC-036
  test('of twenty sent at the same moment five are evaluated: the right one comes too late', async () => {
    for (const _ of times(5, String)) {
      const partner = await ibanera.signedIn();
      const [right, wrong] = [ibanera.code(partner), ibanera.wrongCode(partner)];
      const answers = await Promise.all([
        ...times(19, () => ibanera.me(partner.accessToken, wrong)),
        ibanera.me(partner.accessToken, right),
      ]);
      const said = answers.map(({ text }) => (text.includes('"otp"') ? 'evaluated' : 'refused'));
      // Where it stood in the queue is the network's business; how many were looked at is not.
      const lucky = answers.at(-1)?.status === 200;
      if (!lucky) assert.equal(said.filter((each) => each === 'evaluated').length, 5);
      assert.equal(await isIn(partner, partner), false);
    }
  });

  // SEC-036
  test('sent twenty at the same moment are five guesses', async () => {
    const partner = await ibanera.signedIn();
    const answers = await Promise.all(times(20, () => guess(partner)));
    const evaluated = answers.filter(({ text }) => text === JSON.stringify(no.otp('Invalid')[1]));
    const refused = answers.filter(({ text }) => text === JSON.stringify(no.token('Invalid')[1]));
    assert.deepEqual([evaluated.length, refused.length], [5, 15]);
  });

  test('right codes at the same moment are all right, also after a wrong one', async () => {
    const partner = await ibanera.signedIn();
    const code = ibanera.code(partner);
    for (const _ of times(4, String)) says(await guess(partner), no.otp('Invalid'));
    const answers = await Promise.all(times(20, () => ibanera.me(partner.accessToken, code)));
    assert.deepEqual(tally(answers), { 200: 20 });
  });

  // SEC-013
  test('never lock the account', async () => {
    const partner = await ibanera.signedIn();
    for (const _ of times(8, String)) await guess(partner);
    clock.advance(STEP);
    await ibanera.session(partner);
  });
});

test('a right code writes nothing', async (t) => {
  const partner = await ibanera.signedIn();
  const code = ibanera.code(partner);
  assert.equal((await ibanera.me(partner.accessToken, code)).status, 200);
  const { sessions } = app.storage;
  const counted = t.mock.method(sessions, 'countWrongCode');
  const cleared = t.mock.method(sessions, 'clearWrongCodes');
  for (const _ of times(3, String)) assert.equal((await ibanera.me(partner.accessToken, code)).status, 200);
  assert.deepEqual([counted.mock.callCount(), cleared.mock.callCount()], [0, 0]);
  await guess(partner);
  assert.equal(counted.mock.callCount(), 1);
});

describe('a logout', () => {
  test('ends the session at once, and no other', async () => {
    const partner = await ibanera.partner();
    const one = await ibanera.session(partner);
    clock.advance(STEP);
    const other = await ibanera.session(partner);
    says(await ibanera.logOut(one.accessToken, ibanera.code(partner)), done({}));
    says(await ibanera.me(one.accessToken, ibanera.code(partner)), no.token('Invalid'));
    says(await ibanera.logOut(one.accessToken, ibanera.code(partner)), no.token('Invalid'));
    says(await ibanera.refresh(one.refreshToken), no.refreshInvalid);
    assert.equal(await isIn(partner, other), true);
    const [event] = await app.storage.audit.list({ accountId: partner.account.id, limit: 1 });
    assert.deepEqual([event?.type, event?.door], ['signed_out', 'ibanera']);
  });

  test('needs both headers', async () => {
    const partner = await ibanera.signedIn();
    says(await ibanera.post(LOGOUT), no.headers(['Authorization', 'Required'], ['otp', 'Required']));
    says(await ibanera.post(LOGOUT, undefined, { bearer: partner.accessToken }), no.otp('Required'));
    assert.equal(await isIn(partner, partner), true);
  });
});
