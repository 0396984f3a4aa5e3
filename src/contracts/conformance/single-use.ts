import assert from 'node:assert/strict';
import type { Client } from './client.ts';
import type { Shown } from './driver.ts';
import { guarded, isTaken, succeeded } from './endpoints.ts';
import type { Suite } from './suite.ts';

const AT_ONCE = 8;
/** `LATCHKEY_REFRESH_GRACE` is 30 s by default. */
const AFTER_GRACE_MS = 31_000;

const atOnce = <T>(make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, make));

export function singleUse({ driver, guaranteeWith }: Suite): void {
  const kinds = Object.entries(driver.kinds);
  const once = kinds.filter(([, { use }]) => use === 'once');
  const exchanged = kinds.filter(([, { use }]) => use === 'exchanged');

  async function issue(client: Client, [, kind]: (typeof kinds)[number]): Promise<Shown> {
    const person = await client.person(kind.to);
    return { person, credential: await kind.issue(client, person) };
  }

  // Without one, once, so that the reason stands in the report.
  if (once.length === 0) {
    guaranteeWith('challenges')('a code or link is good for one use', async () => {
      assert.fail('the driver has a kind that is used once, or a reason to have none');
    });
  }
  for (const known of once) {
    const [name, { provedAt }] = known;
    // SEC-020, SEC-063
    guaranteeWith('challenges')(
      `${name}: of parallel uses one succeeds, and none after it`,
      async (client) => {
        const shown = await issue(client, known);
        const wins = await atOnce(() => isTaken(client, driver, provedAt, shown));
        assert.equal(wins.filter((won) => won).length, 1);
        assert.equal(await isTaken(client, driver, provedAt, shown), false);
      },
    );

    guaranteeWith('challenges')(`${name}: the one before the newest is worth nothing`, async (client) => {
      const shown = await issue(client, known);
      const newest = await known[1].issue(client, shown.person);
      assert.equal(await isTaken(client, driver, provedAt, shown), shown.credential === newest);
      assert.equal(await isTaken(client, driver, provedAt, { ...shown, credential: newest }), true);
    });
  }

  if (exchanged.length === 0) {
    guaranteeWith('rotating tokens')('a refresh token is exchanged once', async () => {
      assert.fail('the driver has a kind that is exchanged, or a reason to have none');
    });
  }
  for (const known of exchanged) {
    const [name, { provedAt }] = known;
    const endpoint = guarded(driver, provedAt);
    const exchange = (client: Client, shown: Shown) => client.send(provedAt, endpoint.call(shown));

    // SEC-057
    guaranteeWith('rotating tokens')(
      `${name}: parallel exchanges get the same answer, byte for byte`,
      async (client) => {
        const shown = await issue(client, known);
        const answers = await atOnce(() => exchange(client, shown));
        assert.ok(answers.every((answer) => succeeded(endpoint, answer)));
        assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
      },
    );

    // SEC-056
    guaranteeWith('rotating tokens')(`${name}: a repeat after the grace is refused`, async (client) => {
      const shown = await issue(client, known);
      assert.ok(succeeded(endpoint, await exchange(client, shown)));
      client.server.clock.advance(AFTER_GRACE_MS);
      assert.equal(succeeded(endpoint, await exchange(client, shown)), false);
    });
  }
}
