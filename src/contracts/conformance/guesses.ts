import assert from 'node:assert/strict';
import type { Client } from './client.ts';
import type { ContractDriver, Person } from './driver.ts';
import { guarded, isTaken } from './endpoints.ts';
import type { Suite } from './suite.ts';

const FAILURES = 5;
const CODE_TRIES = 5;
const LOCK_MS = 10 * 60_000;
const AT_ONCE = 20;

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** A code of the same length that is another, for every index. */
const otherThan = (code: string, index: number): string =>
  String((Number(code) + 1 + index) % 10 ** code.length).padStart(code.length, '0');

function enter(client: Client, driver: ContractDriver, person: Person, password = person.password) {
  return isTaken(client, driver, driver.signIn, { credential: password, person });
}

export function guesses({ driver, beside, guarantee, guaranteeWith }: Suite): void {
  const signIn = guarded(driver, driver.signIn);

  // SEC-010, SEC-011
  guarantee(
    'of parallel wrong passwords five are compared, and then not even the right one',
    async (client) => {
      const person = await client.member();
      const guess = (index: number) => enter(client, driver, person, `guess ${index}`);
      const compared = await client.comparisons(async () => {
        assert.deepEqual(new Set(await times(AT_ONCE, guess)), new Set([false]));
      });
      assert.equal(compared, FAILURES);
      const more = await client.comparisons(async () => {
        assert.equal(await enter(client, driver, person), false);
      });
      assert.equal(more, 0);
      client.server.clock.advance(LOCK_MS);
      assert.equal(await enter(client, driver, person), true);
    },
  );

  guarantee('four wrong passwords lock nothing, and a right one forgets them', async (client) => {
    const person = await client.member();
    for (let round = 0; round < 2; round += 1) {
      for (let index = 1; index < FAILURES; index += 1) await enter(client, driver, person, `guess ${index}`);
      client.server.clock.advance(30_000);
      assert.equal(await enter(client, driver, person), true);
    }
  });

  for (const other of beside) {
    guarantee(`wrong passwords here and at ${other.contract} are counted together`, async (client) => {
      const person = await client.member();
      const compared = await client.comparisons(() =>
        times(AT_ONCE, (index) => enter(client, index % 2 === 0 ? driver : other, person, `guess ${index}`)),
      );
      assert.equal(compared, FAILURES);
      for (const door of [driver, other])
        assert.equal(await enter(client, door, person), false, door.contract);
    });
  }

  const guessable = Object.entries(driver.kinds).filter(([, kind]) => kind.guessable === true);
  // Without one, once, so that the reason stands in the report.
  for (const [name, kind] of guessable.length > 0 ? guessable : [['codes', undefined] as const]) {
    // SEC-012
    guaranteeWith('codes')(`${name}: five parallel wrong guesses kill it, four do not`, async (client) => {
      assert.ok(kind !== undefined, 'the driver has a guessable kind, or a reason to have none');
      for (const [tries, survives] of [
        [CODE_TRIES - 1, true],
        [AT_ONCE, false],
      ] as const) {
        const person = await client.person(kind.to);
        const code = await kind.issue(client, person);
        const guess = (index: number): Promise<boolean> =>
          isTaken(client, driver, kind.provedAt, { credential: otherThan(code, index), person });
        assert.deepEqual(new Set(await times(tries, guess)), new Set([false]));
        assert.equal(await isTaken(client, driver, kind.provedAt, { credential: code, person }), survives);
      }
    });
  }

  const links = Object.entries(driver.kinds).filter(
    ([, { lives, use, guessable = false }]) => lives === 'challenge' && use === 'once' && !guessable,
  );
  if (links.length === 0) {
    guaranteeWith('challenges')('wrong codes leave a link as it is', async () => {
      assert.fail('the driver has a link, or a reason to have none');
    });
  }
  for (const [name, kind] of links) {
    // SEC-013
    guaranteeWith('challenges')(
      `${name}: wrong codes, whatever they are for and wherever, leave it`,
      async (client) => {
        const person = await client.person(kind.to);
        const credential = await kind.issue(client, person);
        for (const where of [driver, ...beside]) {
          for (const { provedAt, guessable } of Object.values(where.kinds)) {
            if (guessable !== true) continue;
            const guess = (index: number) =>
              isTaken(client, where, provedAt, { credential: otherThan('000000', index), person });
            assert.deepEqual(new Set(await times(CODE_TRIES + 1, guess)), new Set([false]));
          }
        }
        assert.equal(await isTaken(client, driver, kind.provedAt, { credential, person }), true);
      },
    );
  }

  guaranteeWith('second factor')('one TOTP opens one session, however many ask at once', async (client) => {
    const person = await client.member();
    const call = signIn.call({ credential: person.password, person });
    const answers = await times(AT_ONCE / 4, () => client.send(driver.signIn, call));
    assert.equal(answers.filter(({ status }) => status < 400).length, 1);
  });
}
