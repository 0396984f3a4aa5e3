import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type HashParameters,
  type HashPlace,
  PasswordHashing,
  STANDARD_PARAMETERS,
} from '../../../src/crypto/password-hashing.ts';
import { systemRandom } from '../../../src/crypto/random.ts';

/** As little work as argon2 can be asked for: what is tested here is not its strength. */
const light: HashParameters = { memoryKiB: 64, iterations: 1, lanes: 1 };

function open({ parameters = light, workers = 2, queueBudgetMs = 1_000_000, random = systemRandom } = {}) {
  let corrupt = 0;
  const hashing = new PasswordHashing({
    parameters,
    workers,
    queueBudgetMs,
    random,
    elapsed: () => 0,
    onCorruptHash: () => {
      corrupt += 1;
    },
  });
  const inPlace = async <T>(work: (place: HashPlace) => Promise<T>): Promise<T> => {
    using place = hashing.admit();
    assert.ok(place !== undefined);
    return await work(place);
  };
  return {
    hashing,
    hash: (password: string) => inPlace((place) => place.hash(password)),
    verify: (password: string, hash: string | undefined) => inPlace((place) => place.verify(password, hash)),
    corrupt: () => corrupt,
  };
}

// SEC-045
test('the parameters in force are at least those of OWASP', () => {
  const { memoryKiB, iterations, lanes } = STANDARD_PARAMETERS;
  assert.ok(memoryKiB >= 19_456 && iterations >= 2 && lanes === 1);
});

describe('a hash', () => {
  test('is argon2id, says its parameters, and has a salt of its own', async () => {
    const { hash } = open();
    const hashes = await Promise.all(Array.from({ length: 10 }, () => hash('correct horse')));
    const salts = hashes.map((each) => {
      const [, salt = ''] =
        /^\$argon2id\$v=19\$m=64,t=1,p=1\$([A-Za-z0-9+/]+)\$[A-Za-z0-9+/]+$/.exec(each) ?? [];
      assert.ok(Buffer.from(salt, 'base64').byteLength >= 16);
      return salt;
    });
    assert.equal(new Set(salts).size, 10);
  });

  test('verifies the password it was made of and no other', async () => {
    const { hash, verify, corrupt } = open();
    const stored = await hash('correct horse');
    assert.equal(await verify('correct horse', stored), true);
    for (const other of ['Correct horse', 'correct horse ', 'correct hors', '', 'correct horse\0']) {
      assert.equal(await verify(other, stored), false, JSON.stringify(other));
    }
    assert.equal(corrupt(), 0);
  });

  // SEC-038, SEC-040
  test('sees every byte of a password: no end at 72, 255 or the first NUL', async () => {
    const { hash, verify } = open();
    for (const length of [71, 72, 73, 255, 256, 257, 1023]) {
      const stored = await hash(`${'a'.repeat(length)}X`);
      assert.equal(await verify(`${'a'.repeat(length)}X`, stored), true);
      assert.equal(await verify(`${'a'.repeat(length)}Y`, stored), false, `${length}`);
      assert.equal(await verify('a'.repeat(length), stored), false, `${length}`);
    }
    const emoji = `${'🦊'.repeat(18)}tail`;
    assert.equal(await verify(`${'🦊'.repeat(18)}tale`, await hash(emoji)), false);
    assert.equal(await verify('pass\0B', await hash('pass\0A')), false);
    assert.equal(await verify('pass', await hash('pass\0')), false);
  });

  test('is outdated when it was made with other parameters than those in force', async () => {
    const { hash, hashing } = open();
    const stored = await hash('correct horse');
    assert.equal(hashing.isOutdated(stored), false);
    for (const changed of [
      { ...light, memoryKiB: 128 },
      { ...light, memoryKiB: 32 },
      { ...light, iterations: 2 },
      { ...light, lanes: 2, memoryKiB: 64 },
    ]) {
      assert.equal(open({ parameters: changed }).hashing.isOutdated(stored), true);
    }
    assert.equal(hashing.isOutdated('no hash at all'), true);
  });

  test('made with other parameters verifies all the same', async () => {
    const stored = await open({ parameters: { memoryKiB: 128, iterations: 3, lanes: 2 } }).hash(
      'correct horse',
    );
    const { verify, corrupt } = open();
    assert.equal(await verify('correct horse', stored), true);
    assert.equal(await verify('other', stored), false);
    assert.equal(corrupt(), 0);
  });
});

// SEC-045
describe('a stored hash that cannot be read is a wrong password and an alarm', () => {
  const salt = 'A'.repeat(22);
  const body = 'A'.repeat(43);
  for (const [how, stored] of Object.entries({
    'an empty one': '',
    'no hash at all': 'hunter2',
    'one cut by two characters': `$argon2id$v=19$m=64,t=1,p=1$${salt}$${body.slice(2)}`,
    'one cut in half': `$argon2id$v=19$m=64,t=1,p=1$${salt}`,
    'one with a line break': `$argon2id$v=19$m=64,t=1,p=1$${salt}$${body}\n`,
    'one of another kind': `$argon2i$v=19$m=64,t=1,p=1$${salt}$${body}`,
    'one of another version': `$argon2id$v=16$m=64,t=1,p=1$${salt}$${body}`,
    'one of bcrypt': `$2b$12$${'A'.repeat(53)}`,
    'one that asks for no memory': `$argon2id$v=19$m=0,t=1,p=1$${salt}$${body}`,
    'one that asks for no time': `$argon2id$v=19$m=64,t=0,p=1$${salt}$${body}`,
    'one that asks for no lane': `$argon2id$v=19$m=64,t=1,p=0$${salt}$${body}`,
    'one that asks for more lanes than it has memory': `$argon2id$v=19$m=64,t=1,p=99$${salt}$${body}`,
    'one that asks for four gigabytes': `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${body}`,
    'one that asks for a gigabyte': `$argon2id$v=19$m=1048576,t=1,p=1$${salt}$${body}`,
    'one that asks for minutes': `$argon2id$v=19$m=262144,t=99,p=1$${salt}$${body}`,
    'one whose salt is no base64': `$argon2id$v=19$m=64,t=1,p=1$${salt.slice(1)}$${body}`,
    'one with a parameter too many': `$argon2id$v=19$m=64,t=1,p=1,x=1$${salt}$${body}`,
  })) {
    test(how, async () => {
      const { verify, corrupt, hashing } = open();
      assert.equal(await verify('correct horse', stored), false);
      assert.equal(corrupt(), 1);
      assert.equal(hashing.figures().evaluations, 1);
    });
  }
});

// SEC-002
test('nobody’s password costs one evaluation like everybody’s, and raises no alarm', async () => {
  const { verify, hash, corrupt, hashing } = open();
  const stored = await hash('correct horse');
  for (const each of [undefined, stored, 'corrupt']) {
    const before = hashing.figures().evaluations;
    await verify('a guess', each);
    assert.equal(hashing.figures().evaluations, before + 1);
  }
  assert.equal(corrupt(), 1);
});

// SEC-099
test('whoever would wait too long is admitted nowhere, until somebody leaves', async () => {
  const { hashing } = open({ workers: 1, queueBudgetMs: 0 });
  const place = hashing.admit();
  assert.ok(place !== undefined);
  assert.deepEqual([hashing.admit(), hashing.hasRoom(), hashing.figures().shed], [undefined, false, 1]);
  place[Symbol.dispose]();
  assert.equal(hashing.hasRoom(), true);
  hashing.admit()?.[Symbol.dispose]();
});

// SEC-099
describe('a request that is refused because the queue is full', () => {
  /** Fills the queue; what chance says is a share of what it may say. */
  function full({ queueBudgetMs = 2_000, share = 0 } = {}) {
    const int = (max: number) => Math.floor(share * (max - 1));
    const { hashing } = open({ queueBudgetMs, random: { ...systemRandom, int } });
    while (hashing.admit() !== undefined);
    return hashing;
  }

  test('comes back after the queue, by chance up to twice as late', () => {
    const [soonest, halfway, latest] = [0, 0.5, 1].map((share) => full({ share }).retryAfterMs());
    assert.ok(soonest !== undefined && soonest > 2_000 && soonest < 2_100, String(soonest));
    assert.equal(halfway, soonest + Math.floor(soonest / 2));
    assert.equal(latest, 2 * soonest);
  });

  test('never has to wait longer than 30 seconds', () => {
    const hashing = full({ queueBudgetMs: 60_000, share: 1 });
    for (let index = 0; index < 1_000; index += 1) assert.ok(hashing.retryAfterMs() <= 30_000);
  });

  test('is spread with the others that are refused at once over the time that all of them take', () => {
    const hashing = full();
    const waits = Array.from({ length: 100 }, () => hashing.retryAfterMs());
    assert.ok((waits.at(-1) ?? 0) - (waits[0] ?? 0) >= 1_400, waits.join());
  });
});
