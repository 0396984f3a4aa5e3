/**
 * What strangers can do to an account from one address and from many, over all contracts, and what they leave its owner.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Client } from '../../src/contracts/conformance/client.ts';
import type { Call, WireAnswer as ConformanceAnswer } from '../../src/contracts/conformance/index.ts';
import { startTestServer } from '../support/server.ts';
import type { WireAnswer, WireRequest } from '../support/wire.ts';
import { drivers } from './conformance/run.ts';
import { Fabric, otherThan, tokensOf } from './fabric/driver.ts';
import { PRIVATE_KEY } from './vibemobi/conformance-driver.ts';
import { VibeMobi } from './vibemobi/driver.ts';

const env = {
  LATCHKEY_RATE_LIMITS: 'on',
  LATCHKEY_TRUST_PROXY: '127.0.0.1/32',
  LATCHKEY_HASH_QUEUE_BUDGET: '60s',
  LATCHKEY_PRIVATE_KEYS: `conformance:${PRIVATE_KEY}`,
};
/** As it is shipped. */
const server = await startTestServer({ env });
/** Without short windows: what is left are the budgets of an identifier. */
const patient = await startTestServer({
  env: { ...env, LATCHKEY_CONFIRM_LIMIT: '1000/1s', LATCHKEY_MESSAGE_LIMIT: '1000/1s' },
});
after(() => Promise.all([server.stop(), patient.stop()]));
const fabric = new Fabric(server);
const vibemobi = new VibeMobi(server);

let networks = 0;

/** An address in a network (/24) that nothing came from yet. */
function newAddress(): string {
  networks += 1;
  return `100.65.${networks}.7`;
}

const from = (address: string): WireRequest => ({ headers: { 'x-forwarded-for': address } });

/** A client of the conformance suite that comes from somewhere. */
class ClientFrom extends Client {
  address = newAddress();

  override send(endpoint: string, call: Call = {}): Promise<ConformanceAnswer> {
    return super.send(endpoint, { ...call, headers: { ...call.headers, 'x-forwarded-for': this.address } });
  }
}

const NEW_PASSWORD = 'a third fine passphrase';

/** Each way in that a member has, tried by the owner. */
function waysIn(owner: { email: string; password: string }, at: () => WireRequest) {
  const { email } = owner;
  const post = (path: string, json: object) => fabric.post(path, json, at());
  const asked = async (path: string, type: 'otp' | 'link') => {
    const answer = await post(path, { identifier: email, verification_type: type });
    assert.equal(answer.status, 200, answer.text);
    return type === 'otp' ? fabric.code(email) : fabric.linkToken(email);
  };
  const reset = (code: string) =>
    post('password/reset/confirm/', {
      ...{ identifier: email, code },
      ...{ new_password: NEW_PASSWORD, confirm_password: NEW_PASSWORD },
    });
  const worked = (answer: WireAnswer) => assert.equal(answer.status, 200, answer.text);
  return {
    async password() {
      tokensOf(await post('login/basic/', { identifier: email, password: owner.password }));
    },
    async code() {
      const code = await asked('login/passwordless/', 'otp');
      tokensOf(await post('login/passwordless/confirm/', { identifier: email, code }));
    },
    recoveryByCode: async () => worked(await reset(await asked('password/reset/', 'otp'))),
    recoveryByLink: async () => worked(await reset(await asked('password/reset/', 'link'))),
    async recoveryByLinkOfVibemobi() {
      worked(await vibemobi.post(`/password-recovery/${encodeURIComponent(email)}`, undefined, at()));
      const { link = '' } = await fabric.message(email);
      const token = new URL(link).searchParams.get('token');
      worked(await vibemobi.post('/reset-password/', { token, new_password: NEW_PASSWORD }, at()));
    },
  };
}

/** All that a stranger can send about an address, one request after the other; returns how many were sent. */
async function attack(email: string, at: () => WireRequest, rounds: number): Promise<number> {
  let sent = 0;
  const post = async (path: string, json: object) => {
    sent += 1;
    return fabric.post(path, { identifier: email, ...json }, at());
  };
  const passwords = { new_password: NEW_PASSWORD, confirm_password: NEW_PASSWORD };
  for (let round = 0; round < rounds; round += 1) {
    for (const path of ['login/passwordless/', 'password/reset/', 'signup/otp/resend/']) {
      await post(path, {});
      await post(path, { verification_type: 'link' });
    }
    sent += 1;
    await vibemobi.post(`/password-recovery/${encodeURIComponent(email)}`, undefined, at());
    for (const path of ['login/passwordless/confirm/', 'password/reset/confirm/', 'signup/confirm/']) {
      for (const code of ['000000', '000001']) await post(path, { code, ...passwords });
    }
  }
  return sent;
}

// SEC-013
describe('the owner of an account', () => {
  for (const way of Object.keys(waysIn({ email: '', password: '' }, () => ({})))) {
    test(`gets in by ${way} after a stranger sent 45 requests from one address`, async () => {
      const owner = await fabric.member();
      const stranger = newAddress();
      const sent = await attack(owner.email, () => from(stranger), 4);
      assert.ok(sent >= 45, String(sent));
      const home = newAddress();
      const ways = waysIn(owner, () => from(home));
      await ways[way as keyof typeof ways]();
    });
  }

  test('keeps the password and the newest recovery link whatever strangers send from however many networks', async () => {
    const owner = await fabric.member();
    await attack(owner.email, () => from(newAddress()), 8);
    const home = newAddress();
    const ways = waysIn(owner, () => from(home));
    await assert.rejects(ways.code, /429/);
    await assert.rejects(ways.recoveryByCode, /429/);
    await assert.rejects(ways.recoveryByLink, /429/);
    await ways.password();
    // What used the reserve up are links in the owner's mailbox.
    const { link = '' } =
      (await server.messages(owner.email)).find((message) => message.link?.includes('/reset-password')) ??
      assert.fail();
    const token = new URL(link).searchParams.get('token') ?? assert.fail(link);
    const json = { token, new_password: NEW_PASSWORD };
    const answer = await vibemobi.post('/reset-password/', json, from(home));
    assert.equal(answer.status, 200, answer.text);
  });
});

const kinds = drivers.flatMap((driver) =>
  Object.entries(driver.kinds).map(([name, kind]) => ({ name: `${driver.contract}: ${name}`, driver, kind })),
);
const codes = kinds.filter(({ kind }) => kind.guessable === true);
const links = kinds.filter(({ kind }) => kind.lives === 'challenge' && kind.guessable !== true);

const isTaken = async (client: Client, { driver, kind }: (typeof kinds)[number], shown: Shown) => {
  const endpoint = driver.endpoints[kind.provedAt as keyof typeof driver.endpoints];
  if (endpoint === undefined || endpoint.takes === undefined)
    throw new Error(`${kind.provedAt} takes nothing`);
  const answer = await client.send(kind.provedAt, endpoint.call(shown));
  return endpoint.succeeded?.(answer) ?? answer.status < 400;
};
type Shown = { credential: string; person: Awaited<ReturnType<Client['person']>> };

// SEC-013
describe('wrong codes for which nothing is outstanding count for nothing:', () => {
  for (const known of codes) {
    test(known.name, async () => {
      const client = new ClientFrom(patient);
      const person = await client.person(known.kind.to);
      for (let index = 0; index < 40; index += 1) {
        assert.equal(await isTaken(client, known, { credential: '000000', person }), false);
      }
      const credential = await known.kind.issue(client, person);
      assert.equal(await isTaken(client, known, { credential, person }), true);
    });
  }
});

// SEC-013
describe('when all wrong codes and messages of a person are used up, what was sent before works:', () => {
  for (const known of links) {
    test(known.name, async () => {
      const client = new ClientFrom(patient);
      const person = await client.person(known.kind.to);
      const credential = await known.kind.issue(client, person);
      // From many networks: a code of every purpose, and more guesses than there are.
      for (const other of codes) {
        if (other.kind.to !== known.kind.to) continue;
        client.address = newAddress();
        // A second sign-up starts over, and is another one.
        const isAnother = other.kind.to === 'stranger';
        const code = isAnother ? '000000' : await other.kind.issue(client, person);
        for (let index = 0; index < 6; index += 1) {
          client.address = newAddress();
          await isTaken(client, other, { credential: otherThan(code), person });
        }
      }
      client.address = newAddress();
      assert.equal(await isTaken(client, known, { credential, person }), true);
    });
  }
});
