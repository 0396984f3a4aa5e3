import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { createLog } from '../../../src/log.ts';

/** Everything under which a secret could ever be logged by mistake. */
const SECRET_NAMES = [
  'password',
  'newPassword',
  'currentPassword',
  'new_password',
  'old_password',
  'current_password',
  'confirm_password',
  'code',
  'otp',
  'token',
  'access',
  'refresh',
  'access_token',
  'refresh_token',
  'secret',
  'authorization',
  'cookie',
];
const CANARY = 'canary-7f3a';

/** What stands in the log after `write`, as text and line by line. */
function logged(write: (log: ReturnType<typeof createLog>) => void, level = 'debug') {
  const chunks: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  write(createLog(level, sink));
  const text = chunks.join('');
  const lines = text.split('\n').slice(0, -1);
  return { text, lines: lines.map((line) => JSON.parse(line)) };
}

// SEC-087
describe('a secret that is logged by mistake is not in the log', () => {
  for (const name of SECRET_NAMES) {
    test(`as ${name}, at the top, one level and two levels down, or in a list`, () => {
      const { text, lines } = logged((log) => {
        log.info({ [name]: CANARY }, 'top');
        log.info({ body: { [name]: CANARY } }, 'one level');
        log.info({ request: { body: { [name]: CANARY } } }, 'two levels');
        log.info({ bodies: [{ [name]: CANARY }] }, 'in a list');
        log.info({ [name]: { deep: CANARY } }, 'whole');
        log.child({ [name]: CANARY }).info('in a child');
      });
      assert.ok(!text.includes(CANARY), text);
      assert.equal(lines.length, 6);
      assert.equal(lines[0][name], '[redacted]');
    });
  }

  test('nor is a request or a reply, whatever it carries', () => {
    const { text } = logged((log) => {
      log.info(
        { req: { url: `/x?code=${CANARY}`, headers: { authorization: CANARY } }, res: { body: CANARY } },
        'x',
      );
    });
    assert.ok(!text.includes(CANARY), text);
  });

  test('while its neighbours are', () => {
    const { lines } = logged((log) => log.info({ password: CANARY, event: 'refused', status: 401 }, 'x'));
    assert.deepEqual([lines[0].event, lines[0].status], ['refused', 401]);
  });
});

// SEC-088
describe('one event is one line of printable characters', () => {
  const nasty = 'a\r\nb\n{"level":"fatal"}\u001b[31m\u0000\u2028\u2029\u0085\u009b31m\u007f';

  test('whatever its fields, its message and its error hold', () => {
    const error = new Error(nasty);
    const { text, lines } = logged((log) => {
      log.info({ reason: nasty, nested: { reason: nasty }, [nasty]: 1 }, nasty);
      log.error({ err: error }, 'x');
    });
    assert.equal(lines.length, 2);
    for (const line of lines) assert.notEqual(line.level, 'fatal');
    assert.ok(!/[^\P{Cc}\n]/u.test(text), JSON.stringify(text));
  });

  test('without the separators that some readers take for the end of a line', () => {
    const { text } = logged((log) => {
      log.info({ reason: nasty }, 'x');
      log.error({ err: new Error(nasty) }, 'x');
    });
    assert.ok(!/[\u2028\u2029\u0085]/.test(text), JSON.stringify(text));
  });

  test('and comes to an end, however long its texts are', () => {
    const long = 'x'.repeat(1_000_000);
    const error = new Error(long);
    error.stack = long;
    const { text, lines } = logged((log) => {
      log.error({ err: error }, 'an error');
      log.error({ err: long }, 'a text in its place');
      log.info({ reason: long }, 'a field');
    });
    assert.equal(lines.length, 3);
    assert.ok(text.length < 20_000, `${text.length} characters`);
    assert.match(lines[0].err.message, /^x{2000}…$/);
  });
});

describe('a line', () => {
  test('says when, how bad, and what', () => {
    const { lines } = logged((log) => log.warn({ event: 'refused' }, 'refused'));
    const [{ time, ...rest }] = lines as [{ time: string }];
    assert.deepEqual(rest, { level: 'warn', event: 'refused', msg: 'refused' });
    assert.equal(new Date(time).toISOString(), time);
  });

  test('names an error, its message and where it came from', () => {
    class Odd extends TypeError {
      override readonly name = 'Odd';
    }
    const { lines } = logged((log) => {
      log.error({ err: new Odd('on purpose') }, 'x');
      log.error({ err: 'a text' }, 'x');
      log.error({ err: undefined }, 'x');
    });
    assert.equal(lines[0].err.type, 'Odd');
    assert.equal(lines[0].err.message, 'on purpose');
    assert.match(lines[0].err.stack, /log\.test\.ts/);
    assert.deepEqual(lines[1].err, { message: 'a text' });
  });

  test('is written from its level upwards', () => {
    const { lines } = logged((log) => {
      log.debug('debug');
      log.info('info');
      log.warn('warn');
    }, 'warn');
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['warn'],
    );
  });
});
