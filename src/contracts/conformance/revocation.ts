import assert from 'node:assert/strict';
import type { Account } from '../../core/account/index.ts';
import { operator as actor, type Client, type Somebody } from './client.ts';
import type { ContractDriver, ContractEvent, CredentialKind, Survivors } from './driver.ts';
import { isTaken, type KnownKind, kindsOf } from './endpoints.ts';
import type { Suite } from './suite.ts';

const nothing: Survivors = { own: false, others: false, challenges: false };
const everything: Survivors = { own: true, others: true, challenges: true };

interface OperatorEvent {
  readonly survivors: Survivors;
  happen(client: Client, person: Somebody, account: Account): Promise<unknown>;
}

/** What an operator does, past every contract. */
const operatorEvents: Readonly<Record<string, OperatorEvent>> = {
  'an operator looks': {
    survivors: everything,
    async happen({ admin }, _person, { id }) {
      await admin.findAccount({ id });
    },
  },
  'an operator sets the password': {
    survivors: nothing,
    happen: ({ admin }, { newPassword: password }, account) =>
      admin.setPassword({ actor, account, password, passwordPolicy: { minLength: 8 } }),
  },
  'an operator revokes the sessions': {
    survivors: nothing,
    async happen({ admin }, _person, account) {
      await admin.revokeSessions({ actor, account });
    },
  },
  'the account is disabled': {
    survivors: nothing,
    happen: ({ admin }, _person, account) => admin.disableAccount({ actor, account }),
  },
  'the account is disabled and enabled again': {
    survivors: nothing,
    async happen({ admin }, _person, account) {
      await admin.disableAccount({ actor, account });
      await admin.enableAccount({ actor, account });
    },
  },
  'the account is deleted': {
    survivors: nothing,
    happen: ({ admin }, _person, account) => admin.deleteAccount({ actor, account }),
  },
  'TOTP is replaced': {
    survivors: nothing,
    async happen({ admin }, person, account) {
      const { secret } = await admin.enrollTotp({ actor, account });
      person.enroll(secret);
    },
  },
  'TOTP is removed': {
    survivors: nothing,
    async happen({ admin }, _person, account) {
      await admin.removeTotp({ actor, account });
    },
  },
};

/** Kinds of credentials that an event can touch, and that belong to somebody who has an account. */
const touched = (drivers: readonly ContractDriver[]): KnownKind[] =>
  kindsOf(drivers).filter(({ kind: { lives, to = 'member' } }) => lives !== 'standing' && to === 'member');

const survives = ({ others, challenges }: Survivors, { lives }: CredentialKind): boolean =>
  lives === 'session' ? others : challenges;

/** SEC-061: event × credential × contract. Each cell is looked at by the next request. */
export function revocation({ driver, beside, guarantee }: Suite): void {
  /**
   * One row of the matrix: which kinds go on after the event. Sessions are looked at side by side; a code or link has
   * a person of its own, since to use it is an event itself.
   */
  async function row(
    client: Client,
    kinds: readonly KnownKind[],
    happen: (person: Somebody, account: Account) => Promise<unknown>,
  ): Promise<Record<string, boolean>> {
    const sessions = kinds.filter(({ kind }) => kind.lives === 'session');
    const challenges = kinds.filter(({ kind }) => kind.lives === 'challenge');
    const cells: Record<string, boolean> = {};
    for (const group of [sessions, ...challenges.map((known) => [known])]) {
      const person = await client.member();
      assert.ok(person.account);
      const held: [KnownKind, string][] = [];
      for (const known of group) held.push([known, await known.kind.issue(client, person)]);
      // Otherwise the sign-in of the event would need a second code from the same step.
      client.server.clock.advance(30_000);
      await happen(person, person.account);
      for (const [{ driver: whose, name, kind }, credential] of held) {
        cells[`${whose.contract} ${name}`] = await isTaken(client, whose, kind.provedAt, {
          credential,
          person,
        });
      }
    }
    return cells;
  }

  const expected = (kinds: readonly KnownKind[], survivors: Survivors): Record<string, boolean> =>
    Object.fromEntries(
      kinds.map(({ driver: whose, name, kind }) => [`${whose.contract} ${name}`, survives(survivors, kind)]),
    );

  for (const [event, { survivors, happen }] of Object.entries(operatorEvents)) {
    guarantee(`when ${event}, what must die dies`, async (client) => {
      const kinds = touched([driver]);
      const cells = await row(client, kinds, (person, account) => happen(client, person, account));
      assert.deepEqual(cells, expected(kinds, survivors));
    });
  }

  for (const [event, described] of Object.entries(driver.events)) {
    const { survivors } = described;
    guarantee(`${event}: what must die dies, at every contract, and nothing else`, async (client) => {
      const spent = (known: KnownKind) => known.driver === driver && described.spends?.includes(known.name);
      const kinds = touched([driver, ...beside]).filter((known) => !spent(known));
      const cells = await row(client, kinds, (person) => happenTo(client, person, described));
      assert.deepEqual(cells, expected(kinds, survivors));
    });

    guarantee(`${event}: the session that asked ${survivors.own ? 'goes on' : 'ends'}`, async (client) => {
      const person = await client.member();
      const session = await happenTo(client, person, described);
      const { provedAt = '' } = driver.kinds[driver.accessKind] ?? {};
      assert.equal(await isTaken(client, driver, provedAt, { credential: session, person }), survivors.own);
    });
  }

  /** @returns the access token that asked for it */
  async function happenTo(client: Client, person: Somebody, { happen }: ContractEvent): Promise<string> {
    const access = driver.kinds[driver.accessKind];
    assert.ok(access, 'the driver has its access kind');
    const session = await access.issue(client, person);
    await happen(client, person, session);
    return session;
  }
}
