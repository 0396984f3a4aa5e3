import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { failAttempt } from '../../../src/storage/conformance/fixture.ts';
import { engine } from '../../support/environment.ts';
import { operator } from '../../support/operator.ts';
import type { WireAnswer } from '../../support/wire.ts';
import { isStatement, Wiretap } from '../../support/wiretap.ts';
import {
  AUTH,
  done,
  MINUTE,
  no,
  OTHER_PASSWORD,
  otherThan,
  PASSWORD,
  SHORT_PASSWORD,
  says,
  start,
  tally,
  times,
  tokensOf,
} from './driver.ts';

// So short that the queue of hashes that cost next to nothing can be filled.
const fabric = await start({ env: { LATCHKEY_HASH_QUEUE_BUDGET: '5s' } });
const { clock, app } = fabric.server;

const member = async (more: { username?: string; phone?: string } = {}) => (await fabric.member(more)).email;

const guess = (email: string) => fabric.logIn(email, 'not the password');

/** Real wrong passwords, as many as are compared. */
async function fail(email: string, count: number): Promise<void> {
  for (const answer of await Promise.all(times(count, () => guess(email)))) says(answer, no.wrongPassword);
}

/** Wrong passwords that cost no hash: only their count is written down. */
async function write(email: string, count: number): Promise<void> {
  const { id } = await fabric.find(email);
  for (const _ of times(count, String)) {
    await failAttempt(app.storage, `account:${id}`, app.core.lockout.policy, clock.now());
  }
}

function lockedFor(answer: WireAnswer, seconds: number): void {
  says(answer, no.locked);
  assert.equal(answer.headers.get('retry-after'), String(seconds));
}

/** How many passwords `work` had compared. */
async function evaluationsOf(work: () => Promise<unknown>): Promise<number> {
  const before = fabric.evaluations();
  await work();
  return fabric.evaluations() - before;
}

describe('five wrong passwords in a row', () => {
  // SEC-008
  test('lock password sign-in for ten minutes; nothing is compared meanwhile, not even the right one', async () => {
    const email = await member();
    await fail(email, 5);
    const compared = await evaluationsOf(async () => {
      lockedFor(await guess(email), 600);
      lockedFor(await fabric.logIn(email), 600);
      clock.advance(4 * MINUTE + 500);
      lockedFor(await fabric.logIn(email), 360);
      clock.advance(6 * MINUTE - 501);
      lockedFor(await fabric.logIn(email), 1);
    });
    assert.equal(compared, 0);
    clock.advance(1);
    await fabric.session(email);
  });

  // SEC-012
  test('attempts while it is locked change nothing', async () => {
    const email = await member();
    await fail(email, 5);
    clock.advance(9 * MINUTE);
    const answers = await Promise.all(times(25, () => guess(email)));
    assert.deepEqual(tally(answers), { 429: 25 });
    clock.advance(MINUTE);
    await fabric.session(email);
    const { id: accountId } = await fabric.find(email);
    const events = await app.storage.audit.list({ accountId, limit: 200 });
    assert.equal(events.filter(({ type }) => type === 'sign_in_failed').length, 5);
  });

  test('after a lock it takes five again', async () => {
    const email = await member();
    await write(email, 5);
    clock.advance(10 * MINUTE);
    await fail(email, 5);
    lockedFor(await fabric.logIn(email), 600);
  });

  test('with a right one between them are not in a row', async () => {
    const email = await member();
    for (const _ of [1, 2]) {
      await write(email, 4);
      await fabric.session(email);
    }
  });

  test('count together under every name of the account, in every spelling', async () => {
    const [username, phone] = ['tabitha', fabric.phone()];
    const email = await member({ username, phone });
    for (const name of [email, email.toUpperCase(), username, 'TABITHA', phone]) {
      says(await guess(name), no.wrongPassword);
    }
    for (const name of [email, username, phone]) lockedFor(await fabric.logIn(name), 600);
  });

  // SEC-085
  test('of one account lock no other', async () => {
    const [one, other] = [await member(), await member({ username: 'neighbour' })];
    await write(one, 5);
    says(await fabric.logIn(one), no.locked);
    await fabric.session(other);
    await fabric.session('neighbour');
  });

  test('for somebody who does not exist tell nothing: the answer stays the same', async () => {
    const stranger = fabric.email();
    const compared = await evaluationsOf(async () => {
      for (const _ of times(7, String)) says(await guess(stranger), no.unknownAtLogin);
    });
    assert.equal(compared, 5);
  });
});

// SEC-009
describe('at the same time', () => {
  test('two hundred wrong passwords are five guesses', async () => {
    const email = await member();
    let answers: WireAnswer[] = [];
    const compared = await evaluationsOf(async () => {
      answers = await Promise.all(times(200, () => guess(email)));
    });
    assert.equal(compared, 5);
    assert.deepEqual(tally(answers), { 401: 5, 429: 195 });
    lockedFor(await fabric.logIn(email), 600);
  });

  test('twenty right passwords lock nobody out', async () => {
    const email = await member();
    await write(email, 4);
    const answers = await Promise.all(times(20, () => fabric.logIn(email)));
    for (const answer of answers) tokensOf(answer);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 20);
    await write(email, 4);
    await fabric.session(email);
  });

  test('each right password costs the database as much among sixty as among five', async (t) => {
    if (engine !== 'sqlite') return t.skip('counts the statements of SQLite, which are the same');
    const email = await member();
    using wiretap = new Wiretap();
    const costOf = async (count: number) => {
      wiretap.take();
      for (const answer of await Promise.all(times(count, () => fabric.logIn(email)))) tokensOf(answer);
      return wiretap.take().filter(isStatement).length / count;
    };
    await costOf(1);
    const [few, many] = [await costOf(5), await costOf(60)];
    // One more reservation, which found the budget in use, and the look at why.
    assert.ok(many <= few + 2, `${few} statements each among five, ${many} among sixty`);
  });

  // SEC-011
  test('a client that hangs up before the answer has guessed all the same', async () => {
    const email = await member();
    const json = JSON.stringify({ identifier: email, password: 'not the password' });
    const request =
      `POST ${AUTH}/login/basic HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${json.length}\r\n\r\n${json}`;
    const { port, hostname } = new URL(fabric.server.url);
    const before = fabric.evaluations();
    for (const _ of times(5, String)) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(Number(port), hostname)
          .on('error', reject)
          .on('close', () => resolve());
        socket.end(request, () => socket.destroy());
      });
    }
    while (fabric.evaluations() - before < 5) await new Promise(setImmediate);
    says(await fabric.logIn(email), no.locked);
  });
});

// SEC-010
describe('every place that takes the current password', () => {
  test('has the same budget', async () => {
    const email = await member();
    const { access } = await fabric.enter(email);
    await fail(email, 1);
    for (const _ of [1, 2]) {
      says(await fabric.changePassword(access, 'not the password', OTHER_PASSWORD), no.wrongOldPassword);
      says(await fabric.changeEmail(access, fabric.email(), 'not the password'), no.wrongCurrentPassword);
    }
    const compared = await evaluationsOf(async () => {
      lockedFor(await fabric.logIn(email), 600);
      lockedFor(await fabric.changePassword(access, PASSWORD, OTHER_PASSWORD), 600);
      lockedFor(await fabric.changeEmail(access, fabric.email()), 600);
    });
    assert.equal(compared, 0);
    clock.advance(10 * MINUTE);
    says(
      await fabric.changePassword(access, PASSWORD, OTHER_PASSWORD),
      done('Password has been changed successfully.'),
    );
    await write(email, 4);
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('forty-five wrong ones through all of them at the same time are five guesses', async () => {
    const email = await member();
    const { access } = await fabric.enter(email);
    const to = fabric.email();
    let answers: WireAnswer[] = [];
    const compared = await evaluationsOf(async () => {
      answers = await Promise.all(
        times(45, (index) => {
          if (index % 3 === 0) return guess(email);
          if (index % 3 === 1) return fabric.changePassword(access, 'not the password', OTHER_PASSWORD);
          return fabric.changeEmail(access, to, 'not the password');
        }),
      );
    });
    assert.equal(compared, 5);
    assert.equal(tally(answers)[429], 40);
  });
});

describe('a right password that opens nothing is no guess', () => {
  test('of an account that nobody confirmed', async () => {
    const { email } = await fabric.unconfirmed();
    await write(email, 4);
    for (const _ of [1, 2]) says(await fabric.logIn(email), no.unverified);
  });

  test('of an account that is switched off', async () => {
    const email = await member();
    await app.admin.disableAccount({ actor: operator, account: await fabric.find(email) });
    await write(email, 4);
    for (const _ of [1, 2]) says(await fabric.logIn(email), no.disabled);
  });

  test('beside a new one that is too weak, or an address that is taken', async () => {
    const email = await member();
    const taken = await member();
    const { access } = await fabric.enter(email);
    await write(email, 4);
    says(await fabric.changePassword(access, PASSWORD, SHORT_PASSWORD), no.tooShort('new_password'));
    says(await fabric.changeEmail(access, taken), no.emailTaken);
    await fabric.session(email);
  });

  test('and none clears the count either', async () => {
    const { email } = await fabric.unconfirmed();
    await fail(email, 4);
    says(await fabric.logIn(email), no.unverified);
    await fail(email, 1);
    says(await fabric.logIn(email), no.locked);
  });
});

// SEC-013
describe('while an account is locked', () => {
  test('its sessions go on, codes open it, and a reset ends the lock at once', async () => {
    const email = await member();
    const { access, refresh } = await fabric.enter(email);
    await write(email, 5);
    assert.equal((await fabric.me(access)).status, 200);
    tokensOf(await fabric.refresh(refresh));
    await fabric.enter(email);
    lockedFor(await fabric.logIn(email), 600);
    await fabric.post('password/reset/', { identifier: email });
    says(
      await fabric.resetWith(email, await fabric.code(email)),
      done('Password has been reset successfully.'),
    );
    await fabric.session(email, OTHER_PASSWORD);
  });

  test('and nothing but wrong passwords locks it: wrong codes do not', async () => {
    const email = await member();
    for (const [ask, confirm] of [
      ['password/reset/', (code: string) => fabric.resetWith(email, code)],
      [
        'login/passwordless/',
        (code: string) => fabric.post('login/passwordless/confirm/', { identifier: email, code }),
      ],
    ] as const) {
      await fabric.post(ask, { identifier: email });
      const code = await fabric.code(email);
      for (const _ of times(8, String)) says(await confirm(otherThan(code)), no.wrongCode);
    }
    await fabric.session(email);
  });
});

// SEC-014
describe('a hundred wrong passwords without a right one between them', () => {
  test('switch password sign-in off until a reset, and its owner hears of it once', async () => {
    const email = await member();
    const { access, refresh } = await fabric.enter(email);
    const mails = (await fabric.server.messages(email)).length;
    const account = await fabric.find(email);
    // Ninety of them are written down, as eighteen locks that are over leave them.
    const written = { failures: 5, lockMs: 1, disableAfter: 1_000, reservationMs: 1 };
    for (const index of times(90, (count) => count)) {
      const at = clock.now() - MINUTE + index;
      await failAttempt(app.storage, `account:${account.id}`, written, at);
    }
    const compared = await evaluationsOf(async () => {
      for (const _ of [19, 20]) {
        const answers = await Promise.all(times(5, () => guess(email)));
        assert.deepEqual(tally(answers), { 401: 5 });
        lockedFor(await fabric.logIn(email), 600);
        clock.advance(10 * MINUTE);
      }
    });
    assert.equal(compared, 10);
    for (const wait of [0, 10 * MINUTE, 24 * 60 * MINUTE]) {
      clock.advance(wait);
      lockedFor(await fabric.logIn(email), 600);
    }
    const notices = (await fabric.server.messages(email)).slice(0, -mails);
    assert.deepEqual(
      notices.map(({ subject, code, link }) => [subject, code, link]),
      [['Password sign-in is off for your Latchkey account', undefined, undefined]],
    );
    // Switching the account off and on is no reset.
    await app.admin.disableAccount({ actor: operator, account });
    await app.admin.enableAccount({ actor: operator, account });
    says(await fabric.me(access), no.expiredToken);
    says(await fabric.refresh(refresh), no.refreshOver);
    lockedFor(await fabric.logIn(email), 600);
    const again = await fabric.enter(email);
    lockedFor(await fabric.changePassword(again.access, PASSWORD, OTHER_PASSWORD), 600);
    await fabric.post('password/reset/', { identifier: email });
    await fabric.resetWith(email, await fabric.code(email));
    await fabric.session(email, OTHER_PASSWORD);
    await fail(email, 1);
    await fabric.session(email, OTHER_PASSWORD);
  });
});

// SEC-099
test('when more passwords wait than can be served, one more is refused at once and was no guess', async () => {
  const email = await member();
  const { access, refresh } = await fabric.enter(email);
  const places = [];
  for (let place = app.hashing.admit(); place !== undefined; place = app.hashing.admit()) {
    places.push(place);
    assert.ok(places.length < 100_000, 'the queue has an end');
  }
  const compared = await evaluationsOf(async () => {
    for (const answer of [
      ...(await Promise.all(times(6, () => guess(email)))),
      await fabric.logIn(fabric.email()),
      await fabric.signUp(fabric.email()),
      await fabric.changePassword(access, 'not the password', OTHER_PASSWORD),
    ]) {
      says(answer, no.text(503, 'Service temporarily unavailable. Please try again later.'));
    }
  });
  assert.equal(compared, 0);
  assert.equal((await fabric.me(access)).status, 200);
  tokensOf(await fabric.refresh(refresh));
  for (const place of places) place[Symbol.dispose]();
  await fabric.session(email);
});
