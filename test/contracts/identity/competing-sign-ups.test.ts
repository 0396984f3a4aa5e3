import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onSqliteOnly } from '../../support/environment.ts';
import { isStatement, Wiretap } from '../../support/wiretap.ts';
import { done, no, says } from '../fabric/driver.ts';
import {
  ATTACKER,
  ATTACKER_PASSWORD,
  from,
  NEW_PASSWORD,
  OWNER,
  PASSWORD,
  start,
  THIRD,
  type World,
} from './world.ts';

const modes = {
  contract: await start(),
  hardened: await start({ LATCHKEY_ENUMERATION: 'hardened' }),
};
const everywhere = ['fabric', 'notes', 'vibemobi'];
const contracts = ['fabric', 'notes'] as const;

async function resetTo(world: World, email: string, password: string): Promise<void> {
  const { fabric } = world;
  says(await fabric.post('password/reset/', { identifier: email }), done('otp sent via email.'));
  const reset = await fabric.resetWith(email, await fabric.code(email), password);
  says(reset, done('Password has been reset successfully.'));
}

for (const [mode, world] of Object.entries(modes)) {
  const { fabric, notes, ways } = world;

  // SEC-028
  describe(`of two sign-ups for one address, in ${mode} mode,`, () => {
    for (const first of contracts) {
      for (const second of contracts) {
        for (const [order, [one, other]] of Object.entries({
          'the attacker before the owner': [ATTACKER, OWNER],
          'the owner before the attacker': [OWNER, ATTACKER],
        } as const)) {
          test(`through ${first}, then ${second}, ${order}: the confirmed account has no password`, async () => {
            const email = fabric.email();
            const passwords = { [ATTACKER]: ATTACKER_PASSWORD, [OWNER]: PASSWORD };
            await ways[first].signUp(email, passwords[one] ?? '', one);
            await ways[second].signUp(email, passwords[other] ?? '', other);
            await ways[second].confirm(email);
            for (const password of [ATTACKER_PASSWORD, PASSWORD]) {
              const told = mode === 'contract' ? no.passwordless : no.wrongPassword;
              says(await fabric.logIn(email, password), told);
              assert.deepEqual(await world.opens(email, password), []);
            }
            const { id } = await fabric.find(email);
            const events = await world.server.app.storage.audit.list({ accountId: id, limit: 10 });
            assert.ok(events.some(({ type }) => type === 'password_dropped'));
            await resetTo(world, email, NEW_PASSWORD);
            assert.deepEqual(await world.opens(email, NEW_PASSWORD), everywhere);
          });
        }
      }
    }

    test('the owner who asks for the code again gets an account that the attacker’s password does not open', async () => {
      const email = fabric.email();
      await ways.notes.signUp(email, ATTACKER_PASSWORD, ATTACKER);
      await ways.fabric.signUp(email, PASSWORD, OWNER);
      const resent = await fabric.post('signup/otp/resend/', { identifier: email }, from(OWNER));
      says(resent, done('otp sent via email.'));
      await ways.fabric.confirm(email);
      assert.deepEqual(await world.opens(email, ATTACKER_PASSWORD), []);
    });

    test('a third from anywhere does not make either of them trusted again', async () => {
      for (const [address, password] of [
        [ATTACKER, ATTACKER_PASSWORD],
        [OWNER, PASSWORD],
        [THIRD, PASSWORD],
      ] as const) {
        const email = fabric.email();
        await ways.fabric.signUp(email, ATTACKER_PASSWORD, ATTACKER);
        await ways.fabric.signUp(email, PASSWORD, OWNER);
        await ways.fabric.signUp(email, password, address);
        await ways.fabric.confirm(email);
        assert.deepEqual(await world.opens(email, password), []);
      }
    });

    test('a superuser who activates it vouches for neither password', async () => {
      const { vibemobi } = world;
      const email = fabric.email();
      await ways.fabric.signUp(email, PASSWORD, OWNER);
      await ways.fabric.signUp(email, ATTACKER_PASSWORD, ATTACKER);
      const { id } = await fabric.find(email);
      const root = await vibemobi.superuser();
      assert.equal((await vibemobi.patch(`/users/${id}`, { is_active: true }, root.bearer)).status, 200);
      for (const password of [PASSWORD, ATTACKER_PASSWORD]) {
        assert.deepEqual(await world.opens(email, password), []);
      }
    });

    test('a repeat from the same network keeps the newest password', async () => {
      for (const [one, other] of [
        [OWNER, '192.0.2.77'],
        [THIRD, '2001:db8:77:9::5'],
      ] as const) {
        const email = fabric.email();
        await ways.fabric.signUp(email, PASSWORD, one);
        await ways.fabric.signUp(email, NEW_PASSWORD, other);
        await ways.fabric.confirm(email);
        assert.deepEqual(await world.opens(email, PASSWORD), []);
        assert.deepEqual(await world.opens(email, NEW_PASSWORD), everywhere);
      }
    });

    test('a repeat with the same password keeps it, from whichever network and contract', async () => {
      const email = fabric.email();
      await ways.fabric.signUp(email, PASSWORD, OWNER);
      await ways.notes.signUp(email, PASSWORD, THIRD);
      await ways.fabric.signUp(email, PASSWORD, ATTACKER);
      await ways.fabric.confirm(email);
      assert.deepEqual(await world.opens(email, PASSWORD), everywhere);
    });

    test('the next network or another contract is another place', async () => {
      for (const [first, contract, second] of [
        [OWNER, 'fabric', '192.0.3.10'],
        [THIRD, 'fabric', '2001:db8:78::1'],
        [OWNER, 'notes', OWNER],
      ] as const) {
        const email = fabric.email();
        await ways.fabric.signUp(email, PASSWORD, first);
        await ways[contract].signUp(email, NEW_PASSWORD, second);
        await ways[contract].confirm(email);
        assert.deepEqual(await world.opens(email, NEW_PASSWORD), [], second);
      }
    });
  });

  test(`each sign-up costs one comparison and one hash, whatever is pending, in ${mode} mode`, async () => {
    const email = fabric.email();
    for (const address of [OWNER, OWNER, ATTACKER, THIRD]) {
      const before = fabric.evaluations();
      await ways.fabric.signUp(email, PASSWORD, address);
      assert.equal(fabric.evaluations() - before, 1);
    }
    assert.equal(notes.server, fabric.server);
  });
}

/** What is asked of the database, in order: `insert accounts`. */
async function statementsOf(act: () => Promise<unknown>): Promise<string[]> {
  using wiretap = new Wiretap();
  await act();
  const isDelivery = (sql: string) => /^(update|with|select).*"outbox"/.test(sql);
  return wiretap
    .take()
    .filter((sql) => isStatement(sql) && !isDelivery(sql))
    .map((sql) => `${sql.split(' ')[0]} ${/(?:into|update|from) "(\w+)"/.exec(sql)?.[1]}`);
}

// SEC-001, SEC-005
test('no statement tells a taken, a pending and a free address apart where nothing may', {
  skip: onSqliteOnly('it listens to node:sqlite'),
}, async () => {
  const { fabric, notes, server } = modes.hardened;
  const { storage } = server.app;
  const person = notes.person.bind(notes);
  /** An address that an account with a proved phone number has only written down. */
  const writtenDown = async () => {
    const { email } = person();
    const { id } = await fabric.account({ phone: fabric.phone() });
    await storage.accounts.changeEmail(id, { kind: 'email', value: email, key: email }, null);
    return email;
  };
  const states = {
    free: async () => person(),
    pending: () => notes.pending(),
    taken: () => notes.member(),
    'never proved': async () => {
      const { email, username } = person();
      await fabric.account({ email, username, isVerified: false });
      return { email, username };
    },
    'only written down': async () => ({ ...person(), email: await writtenDown() }),
    'a free address with a taken name': async () => ({
      ...person(),
      username: (await notes.member()).username,
    }),
    'a pending address with a taken name': async () => ({
      username: (await notes.member()).username,
      email: (await notes.pending()).email,
    }),
  };
  const heard: [state: string, statements: string[]][] = [];
  for (const [state, create] of Object.entries(states)) {
    const { username, email } = await create();
    await server.messages(email);
    heard.push([state, await statementsOf(() => notes.signup({ username, email }, PASSWORD, from(OWNER)))]);
  }
  const [[, usual] = []] = heard;
  for (const [state, statements] of heard) {
    assert.deepEqual({ state, statements }, { state, statements: usual });
  }
});

describe('a sign-up that is refused changes nothing:', () => {
  for (const [mode, world] of Object.entries(modes)) {
    test(`a taken name leaves the pending sign-up of the address alone, in ${mode} mode`, async () => {
      const { notes } = world;
      const pending = await notes.pending();
      const { username } = await notes.member();
      const answer = await notes.signup(
        { username, email: pending.email },
        ATTACKER_PASSWORD,
        from(ATTACKER),
      );
      assert.equal(answer.status, mode === 'contract' ? 409 : 200);
      const { id } = await world.fabric.find(pending.email);
      const again = await world.server.app.storage.accounts.findPending({
        kind: 'email',
        value: pending.email,
        key: pending.email,
      });
      assert.deepEqual([again?.accountId, again?.isContested], [id, false]);
      await world.ways.notes.confirm(pending.email);
      assert.deepEqual(await world.opens(pending.email, PASSWORD), everywhere);
    });
  }
});
