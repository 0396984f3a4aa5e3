import assert from 'node:assert/strict';
import type { Client } from './client.ts';
import {
  endpointsOf,
  guardedEndpointsOf,
  isGuarded,
  isTaken,
  type KnownKind,
  kindsOf,
  PASSWORD,
} from './endpoints.ts';
import type { Suite } from './suite.ts';

/** SEC-050. Success only on the diagonal. */
export function tokenMatrix({ driver, beside, guarantee }: Suite): void {
  for (const known of kindsOf([driver, ...beside])) {
    const isOwn = known.driver === driver;
    const label = `${known.driver.contract} ${known.name}`;
    const takes = (kinds: readonly string[]) => isOwn && kinds.includes(known.name);

    guarantee(
      `${label}: refused wherever it does not belong, and as good as before afterwards`,
      async (client) => {
        const person = await client.person(known.kind.to);
        const credential = await known.kind.issue(client, person);
        for (const [name, endpoint] of guardedEndpointsOf(driver)) {
          if (takes(endpoint.takes)) continue;
          assert.equal(
            await isTaken(client, driver, name, { credential, person }),
            false,
            `${label} at ${name}`,
          );
        }
        await assertUnheard(client, known, credential);
        await assertStillGood(client, known, { credential, person });
      },
    );

    if (!isOwn) continue;
    guarantee(`${label}: taken wherever it belongs`, async (client) => {
      for (const [name, endpoint] of guardedEndpointsOf(driver)) {
        if (!takes(endpoint.takes)) continue;
        const person = await client.person(known.kind.to);
        const credential = await known.kind.issue(client, person);
        const call = endpoint.call({ credential, person });
        const answer = await client.send(name, call);
        assert.ok(
          endpoint.succeeded?.(answer) ?? answer.status < 400,
          `${name}: ${answer.status} ${answer.text}`,
        );
      }
    });
  }

  guarantee('a password opens what takes a password, and nothing else', async (client) => {
    const person = await client.member();
    for (const [name, { takes }] of guardedEndpointsOf(driver)) {
      const shown = { credential: person.password, person };
      assert.equal(await isTaken(client, driver, name, shown), takes.includes(PASSWORD), name);
      // The same code opens no second session.
      client.server.clock.advance(30_000);
    }
  });

  /** Where no credential is asked for, one makes no difference. */
  async function assertUnheard(client: Client, { driver: whose, name: kind }: KnownKind, credential: string) {
    for (const [name, endpoint] of endpointsOf(driver)) {
      if (isGuarded(endpoint)) continue;
      const { params = {} } = endpoint;
      const headers = { authorization: `Bearer ${credential}` };
      const [without, beside] = [
        await client.send(name, { params }),
        await client.send(name, { params, headers }),
      ];
      const about = `${whose.contract} ${kind} beside ${name}`;
      assert.deepEqual([about, beside.status, beside.text], [about, without.status, without.text]);
    }
  }

  /** A matrix whose tokens were dead would prove nothing. */
  async function assertStillGood(
    client: Client,
    { driver: whose, name, kind }: KnownKind,
    shown: Parameters<typeof isTaken>[3],
  ) {
    if (kind.provedAt === '') return;
    assert.ok(await isTaken(client, whose, kind.provedAt, shown), `${name} at ${kind.provedAt}, in the end`);
  }
}
