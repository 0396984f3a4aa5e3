import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AuthError } from '../../../src/core/errors.ts';
import {
  type Client,
  type Permit,
  type RateLimiter,
  Throttle,
  type ThrottledKind,
} from '../../../src/core/throttle/index.ts';
import { memoryRateLimiter } from '../../../src/storage/rate-limits.ts';

const MINUTE = 60_000;
const client = { address: '192.0.2.1', network: '192.0.2.1', subnet: '192.0.2.0' };
const elsewhere = { address: '192.0.2.2', network: '192.0.2.2', subnet: '192.0.2.0' };

function openThrottle({ perIdentifier = 3, perAddress = 10, perSubnet = 20 } = {}): Throttle {
  const rates = {
    perIdentifier: { points: perIdentifier, perMs: MINUTE },
    perAddress: { points: perAddress, perMs: MINUTE },
    perSubnet: { points: perSubnet, perMs: MINUTE },
  };
  const { perIdentifier: _, ...ofClients } = rates;
  return new Throttle(
    memoryRateLimiter({
      sign_in: rates,
      message: rates,
      confirm: rates,
      profile: rates,
      private: ofClients,
      refresh: ofClients,
    }),
  );
}

interface Request {
  readonly purpose: string;
  readonly identifier: unknown;
  readonly client: Client;
}

/** Both halves, as a contract asks for them. */
async function permit<Kind extends ThrottledKind>(
  throttle: Throttle,
  { client: from, ...named }: Request,
  kind: Kind,
): Promise<Permit<Kind>> {
  return throttle.permitIdentifier(await throttle.permitAddress(kind, from), named);
}

/** How many of so many requests are permitted. */
async function permitted(
  throttle: Throttle,
  times: number,
  request: Request,
  kind: 'sign_in' | 'message' | 'refresh' = 'sign_in',
) {
  let count = 0;
  for (let index = 0; index < times; index += 1) {
    try {
      assert.equal((await permit(throttle, request, kind)).client, request.client);
      count += 1;
    } catch (error) {
      assert.ok(error instanceof AuthError, String(error));
      assert.equal(error.code, 'throttled');
      const { retryAfterMs = 0 } = error.facts;
      assert.ok(retryAfterMs > 0 && retryAfterMs <= MINUTE, String(retryAfterMs));
    }
  }
  return count;
}

describe('limits', () => {
  test('of one identifier from one address', async () => {
    const throttle = openThrottle();
    const request = { purpose: 'sign_in', identifier: 'alice@example.com', client };
    assert.equal(await permitted(throttle, 5, request), 3);
    assert.equal(await permitted(throttle, 5, { ...request, identifier: 'bob@example.com' }), 3);
  });

  test('of one address, whatever it asks for', async () => {
    const throttle = openThrottle();
    let count = 0;
    for (let index = 0; index < 15; index += 1) {
      count += await permitted(throttle, 1, { purpose: 'sign_in', identifier: `${index}`, client });
    }
    assert.equal(count, 10);
    assert.equal(await permitted(throttle, 5, { purpose: 'sign_in', identifier: 'x', client: elsewhere }), 3);
  });

  // SEC-013
  test('of one address keep nobody out who asks from another', async () => {
    const throttle = openThrottle();
    const request = { purpose: 'sign_in', identifier: 'alice@example.com' };
    await permitted(throttle, 20, { ...request, client });
    assert.equal(await permitted(throttle, 3, { ...request, client: elsewhere }), 3);
  });

  test('of purposes and kinds are kept apart', async () => {
    const throttle = openThrottle({ perAddress: 1_000 });
    const request = { identifier: 'alice@example.com', client };
    for (const purpose of ['sign_up', 'password_recovery']) {
      assert.equal(await permitted(throttle, 5, { ...request, purpose }, 'message'), 3);
    }
    assert.equal(await permitted(throttle, 5, { ...request, purpose: 'sign_up' }), 3);
    assert.equal(await permitted(throttle, 5, { ...request, purpose: 'sign_up' }, 'refresh'), 5);
  });

  // SEC-016
  test('know one identifier in every spelling', async () => {
    const throttle = openThrottle();
    const spellings = [
      'alice@example.com',
      'ALICE@example.com',
      ' alice@example.com ',
      'ａlice＠example.com',
    ];
    let count = 0;
    for (const identifier of spellings) {
      count += await permitted(throttle, 1, { purpose: 'sign_in', identifier, client });
    }
    assert.equal(count, 3);
  });

  // SEC-078
  test('count the network, not the address', async () => {
    const throttle = openThrottle();
    let count = 0;
    for (let host = 1; host <= 5; host += 1) {
      const neighbour = { address: `2001:db8::${host}`, network: '2001:db8::', subnet: '2001:db8::' };
      count += await permitted(throttle, 1, { purpose: 'sign_in', identifier: 'alice', client: neighbour });
    }
    assert.equal(count, 3);
  });

  // SEC-078
  test('count the /48 of an IPv6 client, too, and no more than the address of an IPv4 client', async () => {
    const throttle = openThrottle();
    const count = async (networks: readonly string[], subnet: string) => {
      let granted = 0;
      for (const network of networks) {
        const neighbour = { address: network, network, subnet };
        granted += await permitted(throttle, 1, { purpose: 'sign_in', identifier: '', client: neighbour });
      }
      return granted;
    };
    const numbers = Array.from({ length: 30 }, (_, index) => index);
    assert.equal(
      await count(
        numbers.map((number) => `2001:db8:1:${number}::`),
        '2001:db8:1::',
      ),
      20,
    );
    assert.equal(
      await count(
        numbers.map((number) => `2001:db8:2:${number}::`),
        '2001:db8:2::',
      ),
      20,
    );
    assert.equal(
      await count(
        numbers.map((number) => `198.51.100.${number}`),
        '198.51.100.0',
      ),
      30,
    );
  });

  // SEC-071, SEC-082
  test('count whatever a client sends for an identifier', async () => {
    for (const identifier of [
      null,
      0,
      true,
      ['alice'],
      { $ne: null },
      { toString: 1 },
      { toString: 1, valueOf: 2 },
      { toJSON: 1 },
      JSON.parse('{"__proto__":{"toString":null}}'),
      '\ud800',
      'x'.repeat(100_000),
      '',
    ] as unknown[]) {
      const request = { purpose: 'sign_in', identifier, client };
      assert.equal(await permitted(openThrottle(), 5, request), 3, JSON.stringify(identifier)?.slice(0, 40));
      await permit(new Throttle(undefined), request, 'sign_in');
    }
  });

  test('of an address count before an identifier is known', async () => {
    const throttle = openThrottle({ perAddress: 3 });
    for (let index = 0; index < 3; index += 1) await throttle.permitAddress('sign_in', client);
    await assert.rejects(throttle.permitAddress('sign_in', client), { code: 'throttled' });
    await throttle.permitAddress('sign_in', elsewhere);
  });

  test('name an identifier by its first 320 characters, which bounds the work for a longer one', async (t) => {
    const normalize = t.mock.method(String.prototype, 'normalize');
    const identifier = `a${'\u0315'.repeat(4_000)}${'\u0316'.repeat(4_000)}`;
    assert.equal(await permitted(openThrottle(), 5, { purpose: 'sign_in', identifier, client }), 3);
    for (const call of normalize.mock.calls) assert.ok(String(call.this).length <= 320);
  });

  test('keep apart what only reads alike when it is written in one line', async () => {
    const throttle = openThrottle({ perIdentifier: 1 });
    const { network } = client;
    for (const request of [
      { purpose: 'a', identifier: 'b c', client },
      { purpose: 'a', identifier: 'c', client: { ...client, network: `${network} b` } },
      { purpose: 'a', identifier: 'c', client: { ...client, network: `${network}","b` } },
      { purpose: `a ${network}`, identifier: 'c', client: { ...client, network: 'b' } },
      { purpose: 'a', identifier: ',b,c', client },
    ]) {
      assert.equal(await permitted(throttle, 2, request), 1);
    }
  });
});

test('without a limiter nobody is throttled', async () => {
  const request = { purpose: 'sign_in', identifier: 'alice', client };
  assert.equal(await permitted(new Throttle(undefined), 1_000, request), 1_000);
});

// SEC-078
test('a limiter that fails lets nobody through', async () => {
  const failure = new Error('the limiter is down');
  const broken: RateLimiter = { take: () => Promise.reject(failure) };
  const throttle = new Throttle(broken);
  await assert.rejects(throttle.permitAddress('sign_in', client), (error) => error === failure);
  const address = await new Throttle(undefined).permitAddress('sign_in', client);
  const both = throttle.permitIdentifier(address, { purpose: 'sign_in', identifier: 'alice' });
  await assert.rejects(both, (error) => error === failure);
});
