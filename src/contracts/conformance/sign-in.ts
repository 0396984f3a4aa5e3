import assert from 'node:assert/strict';
import { type Client, operator } from './client.ts';
import type { Person, WireAnswer } from './driver.ts';
import { guarded } from './endpoints.ts';
import type { Suite } from './suite.ts';

/** Headers that differ from answer to answer, whoever asks. */
const VOLATILE = new Set(['date', 'x-request-id']);

/** All that somebody who looks at an answer sees. */
function seen({ status, text, headers }: WireAnswer) {
  return { status, text, headers: [...headers].filter(([name]) => !VOLATILE.has(name)) };
}

export function signIn({ driver, guarantee, guaranteeWith, guaranteeHardened }: Suite): void {
  const endpoint = guarded(driver, driver.signIn);
  const attempt = (client: Client, person: Person, password: string) =>
    client.send(driver.signIn, endpoint.call({ credential: password, person }));

  /** Answers and comparisons of a wrong password and of an unknown name. */
  async function bothRefusals(client: Client) {
    const [member, stranger] = [await client.member(), client.stranger()];
    const answers: WireAnswer[] = [];
    const costs: number[] = [];
    for (const person of [member, stranger]) {
      const work = async () => answers.push(await attempt(client, person, 'not the password'));
      costs.push(await client.comparisons(work));
    }
    const [wrong, unknown] = answers;
    assert.ok(wrong !== undefined && unknown !== undefined);
    assert.ok(wrong.status >= 400, 'a wrong password is refused');
    assert.ok(unknown.status >= 400, 'an unknown name is refused');
    return { wrong, unknown, costs };
  }

  // SEC-001, SEC-002
  guarantee('an unknown name costs what a wrong password costs', async (client) => {
    const { costs } = await bothRefusals(client);
    assert.deepEqual(costs, [1, 1]);
  });

  guaranteeWith('hiding accounts')('an unknown name is answered like a wrong password', async (client) => {
    const { wrong, unknown } = await bothRefusals(client);
    assert.deepEqual(seen(unknown), seen(wrong));
  });

  guaranteeHardened(
    'hardened, an unknown name is answered like a wrong password, at the same cost',
    async (client) => {
      const { wrong, unknown, costs } = await bothRefusals(client);
      assert.deepEqual(seen(unknown), seen(wrong));
      assert.deepEqual(costs, [1, 1]);
    },
  );

  // SEC-099
  guarantee(
    'when no password can be hashed in time, a sign-in is 503 and told when to come back',
    async (client) => {
      const people = [await client.member(), client.stranger()];
      using places = new DisposableStack();
      const { hashing } = client.server.app;
      for (let place = hashing.admit(); place !== undefined; place = hashing.admit()) places.use(place);
      const waits: number[] = [];
      for (const person of people) {
        const answer = await attempt(client, person, person.password);
        assert.equal(answer.status, 503, answer.text);
        const wait = answer.headers.get('retry-after') ?? '';
        assert.match(wait, /^[1-9][0-9]?$/);
        waits.push(Number(wait));
      }
      assert.ok(
        waits.every((seconds) => seconds <= 30),
        waits.join(),
      );
    },
  );

  guarantee('a closed account is told apart by the right password only', async (client) => {
    const [member, closed] = [await client.member(), await client.member()];
    assert.ok(closed.account);
    await client.admin.disableAccount({ actor: operator, account: closed.account });
    const open = await attempt(client, member, 'not the password');
    assert.deepEqual(seen(await attempt(client, closed, 'not the password')), seen(open));
    assert.ok((await attempt(client, closed, closed.password)).status >= 400);
  });

  guarantee(
    'a session keeps the address of its sign-in and 256 characters of the User-Agent header',
    async (client) => {
      const person = await client.member();
      const call = endpoint.call({ credential: person.password, person });
      const userAgent = `Client/1.0 ${'x'.repeat(1_000)}`;
      const headers = { ...call.headers, 'user-agent': userAgent };
      assert.ok((await client.send(driver.signIn, { ...call, headers })).status < 400);
      const account = { id: person.account?.id ?? '' };
      const [session] = await client.admin.listSessions({ account });
      assert.match(session?.address ?? '', /^(127\.0\.0\.1|::1)$/);
      assert.equal(session?.userAgent, userAgent.slice(0, 256));
      assert.ok(!client.server.logged().includes('Client/1.0'));
    },
  );

  guarantee(
    'the log names the account of a refused sign-in, if there is one, and nothing that was typed',
    async (client) => {
      const [member, stranger] = [await client.member(), client.stranger()];
      const typed = 'not the password';
      for (const person of [member, stranger]) {
        const before = client.server.logged().length;
        assert.ok((await attempt(client, person, typed)).status >= 400);
        const logged = client.server.logged().slice(before);
        const refused = logged
          .split('\n')
          .filter((line) => line.includes('"event":"refused"'))
          .map((line) => JSON.parse(line));
        assert.equal(refused.length, 1);
        assert.equal(refused[0].accountId, person.account?.id);
        for (const text of [person.email, person.username, typed]) assert.ok(!logged.includes(text), text);
      }
    },
  );
}
