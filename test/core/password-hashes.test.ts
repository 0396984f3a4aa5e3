import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { PasswordHashing, STANDARD_PARAMETERS } from '../../src/crypto/password-hashing.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { type Bench, openBench, pausing } from './bench.ts';

const ADDRESS = 'alice@example.com';
const PASSWORD = 'correct horse battery';
const NEW_PASSWORD = 'staple of the new age';

/** A hash as an earlier version with weaker parameters left it. */
async function outdatedHash(password: string): Promise<string> {
  const earlier = new PasswordHashing({
    parameters: { memoryKiB: 1_024, iterations: 1, lanes: 1 },
    workers: 1,
    queueBudgetMs: 60_000,
    random: systemRandom,
    elapsed: () => 0,
    onCorruptHash: () => {},
  });
  using place = earlier.admit();
  return (await place?.hash(password)) ?? '';
}

async function withHash(t: TestContext, hash: string) {
  const bench = await openBench(t, { hasRealHashes: true });
  const { id } = await bench.createAccount(ADDRESS);
  await bench.storage.passwords.set(id, hash, bench.clock.now());
  return { bench, id, stored: () => bench.storage.passwords.find(id) };
}

async function verifies({ hashing }: Bench, password: string, hash: string | undefined): Promise<boolean> {
  using place = hashing.admit();
  return (await place?.verify(password, hash)) === true;
}

const { memoryKiB, iterations, lanes } = STANDARD_PARAMETERS;
const current = `$argon2id$v=19$m=${memoryKiB},t=${iterations},p=${lanes}$`;
const wrong = { code: 'credentials_invalid' };

// SEC-045
describe('a hash with the parameters of an earlier version', () => {
  test('is written anew by the next sign-in, and by no failed one', async (t) => {
    const outdated = await outdatedHash(PASSWORD);
    const { bench, stored } = await withHash(t, outdated);
    await assert.rejects(bench.signIn(ADDRESS, 'something else'), wrong);
    assert.equal(await stored(), outdated);
    await bench.signIn(ADDRESS, PASSWORD);
    const rewritten = await stored();
    assert.ok(rewritten?.startsWith(current));
    await bench.signIn(ADDRESS, PASSWORD);
    assert.equal(await stored(), rewritten, 'once is enough');
  });

  // SEC-044
  test('is written anew once by many sign-ins at the same time', async (t) => {
    const { bench, stored } = await withHash(t, await outdatedHash(PASSWORD));
    const tokens = await Promise.all(Array.from({ length: 12 }, () => bench.signIn(ADDRESS, PASSWORD)));
    for (const { access } of tokens) await bench.authenticate(access);
    assert.ok(await verifies(bench, PASSWORD, await stored()));
    assert.ok((await stored())?.startsWith(current));
  });

  // SEC-044
  test('is not written anew over a password that was set in the same moment', async (t) => {
    const { bench, id, stored } = await withHash(t, await outdatedHash(PASSWORD));
    const slow = pausing(bench.core, { transaction: 1 });
    const { contract } = bench;
    const identifier = { kind: 'email', value: ADDRESS, key: ADDRESS } as const;
    const permit = await bench.permit('sign_in');
    const signedIn = slow.auth.signIn({ contract, permit, identifier, password: PASSWORD });
    await slow.reached;
    // Without a new epoch, so that the sign-in itself goes through: only the rehash can still do harm.
    const changed = await bench.core.passwords.hash(NEW_PASSWORD);
    await bench.storage.passwords.set(id, changed, bench.clock.now());
    slow.resume();
    await signedIn;
    assert.equal(await stored(), changed);
  });

  // SEC-044
  test('changed by its owner while many sign in with the old one, ends as the owner said', async (t) => {
    const { bench, stored } = await withHash(t, await outdatedHash(PASSWORD));
    const { access } = await bench.signIn(ADDRESS, PASSWORD);
    const change = {
      contract: bench.contract,
      permit: await bench.permit('sign_in'),
      live: await bench.authenticate(access),
      currentPassword: PASSWORD,
      newPassword: NEW_PASSWORD,
    };
    const others = Array.from({ length: 10 }, () =>
      bench.signIn(ADDRESS, PASSWORD).catch((error: unknown) => {
        assert.match(String(error), /credentials_invalid|account_locked/);
        return undefined;
      }),
    );
    await bench.auth.changePassword(change);
    const minted = (await Promise.all(others)).flatMap((tokens) =>
      tokens === undefined ? [] : [tokens.access],
    );
    assert.ok(await verifies(bench, NEW_PASSWORD, await stored()));
    for (const token of minted) await assert.rejects(bench.authenticate(token), { code: 'token_invalid' });
    await bench.authenticate(access);
  });
});

// SEC-045
describe('a stored hash that cannot be read', () => {
  for (const [how, hash] of Object.entries({
    'asks for four gigabytes': `$argon2id$v=19$m=4194304,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
    'was cut': `${current}${'A'.repeat(22)}$${'A'.repeat(41)}`,
    'is of a kind that nobody knows': '$pbkdf2$whatever',
  })) {
    test(`is a wrong password, an alarm and nothing more: one that ${how}`, async (t) => {
      const { bench } = await withHash(t, hash);
      await bench.createAccount('bob@example.com', PASSWORD);
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        await assert.rejects(bench.signIn(ADDRESS, PASSWORD), wrong);
      }
      await assert.rejects(bench.signIn(ADDRESS, PASSWORD), { code: 'account_locked' });
      const alarms = bench.logged().match(/"event":"password_hash_corrupt"/g) ?? [];
      assert.equal(alarms.length, 5);
      assert.ok(!bench.logged().includes(hash.slice(-30)));
      await bench.signIn('bob@example.com', PASSWORD);
    });
  }

  test('is mended by a recovery', async (t) => {
    const { bench } = await withHash(t, 'broken');
    const { contract, auth } = bench;
    const identifier = { kind: 'email', value: ADDRESS, key: ADDRESS } as const;
    await auth.requestRecovery({
      contract,
      permit: await bench.permit('message'),
      identifier,
      delivery: bench.code,
    });
    const code = await bench.secretFor(ADDRESS);
    const permit = await bench.permit('confirm');
    await auth.confirmRecovery({ contract, permit, identifier, code, newPassword: NEW_PASSWORD });
    await bench.signIn(ADDRESS, NEW_PASSWORD);
  });
});

// SEC-041
test('a password is known by whatever keyboard it is typed on, also a long one', async (t) => {
  const bench = await openBench(t);
  // 1,024 bytes composed, 1,536 decomposed.
  const composed = '\u00e9'.repeat(512);
  const decomposed = 'e\u0301'.repeat(512);
  await bench.createAccount(ADDRESS, decomposed);
  await bench.signIn(ADDRESS, composed);
  await bench.signIn(ADDRESS, decomposed);
  await assert.rejects(bench.signIn(ADDRESS, `${composed}a`), wrong);
});

// SEC-003, SEC-043
test('what can be nobody’s password is refused for known and unknown alike, before anything is counted', async (t) => {
  const bench = await openBench(t);
  await bench.createAccount(ADDRESS, PASSWORD);
  const before = bench.hashing.figures().evaluations;
  for (const impossible of [
    'x'.repeat(1_025),
    'é'.repeat(513),
    '\ud800 half a character',
    'x'.repeat(1_000_000),
  ]) {
    for (const address of [ADDRESS, 'nobody@example.com']) {
      for (let attempt = 0; attempt < 3; attempt += 1)
        await assert.rejects(bench.signIn(address, impossible), wrong);
    }
  }
  assert.equal(bench.hashing.figures().evaluations, before);
  await bench.signIn(ADDRESS, PASSWORD);
});
