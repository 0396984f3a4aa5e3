import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HashQueue, type Place } from '../../../src/crypto/hash-queue.ts';

/** A queue whose time stands still until the test moves it, and whose work ends when the test says so. */
class Bench {
  now = 0;
  readonly started: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();
  readonly queue: HashQueue;

  constructor({ workers = 2, queueBudgetMs = 100 } = {}) {
    this.queue = new HashQueue({ workers, queueBudgetMs, elapsed: () => this.now });
  }

  enter(): Place {
    const place = this.queue.enter();
    assert.ok(place !== undefined, 'there was room');
    return place;
  }

  /** Runs a piece of work in a place of its own, which it leaves when it is done. */
  async work(name: string, place = this.enter()): Promise<void> {
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    try {
      await place.run(async () => {
        this.started.push(name);
        await end.promise;
      });
    } finally {
      place.leave();
    }
  }

  /** Ends a piece of work, and lets whoever waited for its slot begin. */
  async end(name: string, failure?: Error): Promise<void> {
    if (failure === undefined) this.#ends.get(name)?.resolve();
    else this.#ends.get(name)?.reject(failure);
    await new Promise((turn) => setImmediate(turn));
  }
}

describe('work', () => {
  test('runs on so many workers at once, the rest waits', async () => {
    const bench = new Bench();
    const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => bench.work(name)));
    assert.deepEqual([bench.started, bench.queue.waiting], [['a', 'b'], 2]);
    await bench.end('b');
    assert.deepEqual([bench.started, bench.queue.waiting], [['a', 'b', 'c'], 1]);
    for (const name of ['a', 'c', 'd']) await bench.end(name);
    await all;
    assert.equal(bench.queue.waiting, 0);
  });

  test('is done in the order in which it came, and no newcomer overtakes', async () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 1_000 });
    const all = ['a', 'b', 'c'].map((name) => bench.work(name));
    // In the very turn in which a slot becomes free somebody else asks for it.
    const newcomer = bench.end('a').then(() => bench.work('d'));
    await bench.end('b');
    await bench.end('c');
    await bench.end('d');
    await Promise.all([...all, newcomer]);
    assert.deepEqual(bench.started, ['a', 'b', 'c', 'd']);
  });

  test('that fails hands its slot on and its error out', async () => {
    const bench = new Bench({ workers: 1 });
    const failure = new Error('on purpose');
    const failing = assert.rejects(bench.work('a'), (error) => error === failure);
    const next = bench.work('b');
    await bench.end('a', failure);
    assert.deepEqual(bench.started, ['a', 'b']);
    await bench.end('b');
    await Promise.all([failing, next]);
    assert.equal(bench.queue.hasRoom(), true);
  });

  test('may be done twice in one place, without room for it being asked again', async () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 0 });
    const place = bench.enter();
    assert.equal(await place.run(async () => 'verified'), 'verified');
    assert.equal(bench.queue.enter(), undefined, 'the place is still taken');
    assert.equal(await place.run(async () => 'hashed'), 'hashed');
    place.leave();
    assert.notEqual(bench.queue.enter(), undefined);
  });
});

// SEC-099
describe('work that is refused', () => {
  const LIMIT_MS = 10_000;
  const filled = (bench: Bench) => {
    let place = bench.queue.enter();
    const places: Place[] = [];
    while (place !== undefined) {
      places.push(place);
      place = bench.queue.enter();
    }
    return places;
  };

  test('may come back after what waits, the sooner the shorter the queue', () => {
    const [long, short] = [new Bench({ queueBudgetMs: 2_000 }), new Bench({ queueBudgetMs: 500 })];
    for (const bench of [long, short]) filled(bench);
    assert.ok(long.queue.retryAfterMs(LIMIT_MS) > 2_000);
    const wait = short.queue.retryAfterMs(LIMIT_MS);
    assert.ok(wait > 500 && wait < 600, String(wait));
  });

  test('may come back after all that was refused before it, whose time runs off', () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 300 });
    const places = filled(bench);
    const waits = Array.from({ length: 10 }, () => bench.queue.retryAfterMs(LIMIT_MS));
    // First guess of what a hash takes.
    waits.forEach((wait, index) => {
      assert.equal(wait, (waits[0] ?? 0) + 30 * index);
    });
    bench.now += 240;
    assert.equal(bench.queue.retryAfterMs(LIMIT_MS), (waits[0] ?? 0) + 60);
    bench.now += 10_000;
    for (const place of places) place.leave();
    assert.equal(bench.queue.retryAfterMs(LIMIT_MS), 30);
  });

  test('never has to wait longer than the limit, and that much was refused is soon forgotten', () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 300 });
    filled(bench);
    for (let index = 0; index < 10_000; index += 1) assert.ok(bench.queue.retryAfterMs(LIMIT_MS) <= LIMIT_MS);
    bench.now += LIMIT_MS;
    assert.ok(bench.queue.retryAfterMs(LIMIT_MS) < 500);
  });
});

describe('finished work, while others wait', () => {
  /** Starts so many pieces of work on one worker, and tells which of them have been let go. */
  function start(bench: Bench, count: number): { readonly gone: string[]; readonly all: Promise<unknown> } {
    const gone: string[] = [];
    const names = Array.from({ length: count }, (_, index) => `${index}`);
    const all = Promise.all(names.map((name) => bench.work(name).then(() => gone.push(name))));
    return { gone, all };
  }

  async function end(bench: Bench, { from, to, ms }: { from: number; to: number; ms: number }) {
    for (let index = from; index <= to; index += 1) {
      bench.now += ms;
      await bench.end(`${index}`);
    }
  }

  test('is let go sixteen at a time', async () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 2_000 });
    const { gone, all } = start(bench, 36);
    await end(bench, { from: 0, to: 14, ms: 10 });
    assert.deepEqual(gone, []);
    await end(bench, { from: 15, to: 15, ms: 10 });
    assert.equal(gone.length, 16);
    await end(bench, { from: 16, to: 35, ms: 10 });
    await all;
  });

  test('is let go with the last: nothing is kept when nobody waits', async () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 1_000 });
    const { gone, all } = start(bench, 3);
    await end(bench, { from: 0, to: 1, ms: 10 });
    assert.deepEqual(gone, []);
    await end(bench, { from: 2, to: 2, ms: 10 });
    assert.equal(gone.length, 3);
    await all;
    await measureAlone(bench);
  });

  async function measureAlone(bench: Bench): Promise<void> {
    const { gone } = start(bench, 1);
    await end(bench, { from: 0, to: 0, ms: 10 });
    assert.deepEqual(gone, ['0']);
  }

  test('is not kept for company that would come too late', async () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 10_000 });
    const { gone, all } = start(bench, 12);
    // Slow hashes: the second is expected too late, and the first does not wait for it.
    await end(bench, { from: 0, to: 5, ms: 260 });
    assert.ok(gone.length >= 5, `${gone.length} of 6 have gone`);
    await end(bench, { from: 6, to: 11, ms: 260 });
    await all;
  });

  test('takes no room in the queue', async () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 90 });
    const { all } = start(bench, 4);
    assert.equal(bench.queue.hasRoom(), false);
    await end(bench, { from: 0, to: 0, ms: 30 });
    assert.equal(bench.queue.hasRoom(), true, 'one is done, if still here');
    await end(bench, { from: 1, to: 3, ms: 30 });
    await all;
  });
});

// SEC-099
describe('the budget', () => {
  test('decides how many may wait: before anything was measured a hash is taken for 30 ms', () => {
    const bench = new Bench({ workers: 2, queueBudgetMs: 100 });
    // Two run and six wait, the last of them for three rounds; a seventh would wait longer than 100 ms.
    assert.equal(capacity(bench), 8);
    const places = Array.from({ length: 8 }, () => bench.enter());
    assert.equal(bench.queue.hasRoom(), false);
    places[3]?.leave();
    assert.equal(bench.queue.hasRoom(), true);
  });

  test('of nothing lets so many in as there are workers', () => {
    const bench = new Bench({ workers: 3, queueBudgetMs: 0 });
    const places = [bench.enter(), bench.enter(), bench.enter()];
    assert.equal(bench.queue.enter(), undefined);
    places[1]?.leave();
    assert.notEqual(bench.queue.enter(), undefined);
    assert.equal(bench.queue.enter(), undefined);
  });

  test('turns away at once and counts whom it turned away', () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 0 });
    const place = bench.enter();
    for (let index = 0; index < 10; index += 1) assert.equal(bench.queue.enter(), undefined);
    assert.equal(bench.queue.shed, 10);
    assert.equal(bench.queue.waiting, 0);
    place.leave();
    bench.enter().leave();
    assert.equal(bench.queue.shed, 10);
  });

  test('asking for room takes no place and turns nobody away', () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 0 });
    for (let index = 0; index < 10; index += 1) assert.equal(bench.queue.hasRoom(), true);
    bench.enter();
    for (let index = 0; index < 10; index += 1) assert.equal(bench.queue.hasRoom(), false);
    assert.equal(bench.queue.shed, 0);
  });

  test('a place that is left twice is left once', () => {
    const bench = new Bench({ workers: 1, queueBudgetMs: 0 });
    const first = bench.enter();
    first.leave();
    first.leave();
    bench.enter();
    assert.equal(bench.queue.enter(), undefined);
  });

  /** Enters until turned away, leaves again, and tells how many got in. */
  function capacity({ queue }: Bench): number {
    const places: Place[] = [];
    for (let place = queue.enter(); place !== undefined; place = queue.enter()) places.push(place);
    for (const place of places) place.leave();
    return places.length;
  }

  async function measure(bench: Bench, ms: number, times: number): Promise<void> {
    for (let index = 0; index < times; index += 1) {
      const work = bench.work(`${index}`);
      bench.now += ms;
      await bench.end(`${index}`);
      await work;
    }
  }

  test('lets fewer wait when hashes turn out slow, and more again when they are fast', async () => {
    const bench = new Bench({ workers: 2, queueBudgetMs: 100 });
    assert.equal(capacity(bench), 8);
    await measure(bench, 250, 50);
    // Half a round behind hashes of 250 ms is too long already.
    assert.equal(capacity(bench), 2);
    await measure(bench, 11, 50);
    assert.equal(capacity(bench), 20);
  });

  test('is not upset by a single slow hash', async () => {
    const bench = new Bench({ workers: 2, queueBudgetMs: 100 });
    await measure(bench, 20, 50);
    const before = capacity(bench);
    await measure(bench, 60, 1);
    assert.ok(capacity(bench) >= before / 2, `${before} before, ${capacity(bench)} after`);
  });

  test('has room again when a storm is over', async () => {
    const bench = new Bench({ workers: 2, queueBudgetMs: 100 });
    const storm: Promise<void>[] = [];
    for (
      let place = bench.queue.enter(), index = 0;
      place !== undefined;
      place = bench.queue.enter(), index += 1
    ) {
      storm.push(bench.work(`${index}`, place));
    }
    assert.equal(bench.queue.hasRoom(), false);
    for (let index = 0; index < storm.length; index += 1) {
      bench.now += 30;
      await bench.end(`${index}`);
    }
    await Promise.all(storm);
    assert.equal(bench.queue.waiting, 0);
    assert.equal(bench.queue.hasRoom(), true);
    await measure(bench, 30, 30);
    assert.equal(capacity(bench), 8);
  });
});
