import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ENDPOINTS, type Endpoint, OTHER_PASSWORD, PASSWORD, start } from './driver.ts';

const KEY = 'b1e5f0c86a7d4932a0c1d7e84f29c35b';
const vibemobi = await start({ env: { LATCHKEY_PRIVATE_KEYS: `billing:${KEY}` } });
const root = await vibemobi.superuser();

const creation = () => ({ email: vibemobi.email(), password: PASSWORD, full_name: 'A Name' });

/** A request to each endpoint that changes a user. */
const requests: Record<string, () => Promise<{ path: string; json?: object }>> = {
  'POST /users': async () => ({ path: '/users', json: creation() }),
  'PATCH /users/:id': async () => ({
    path: `/users/${(await vibemobi.member()).id}`,
    json: {
      email: vibemobi.email(),
      username: 'Changed.One',
      password: OTHER_PASSWORD,
      full_name: 'Changed',
      is_active: false,
      is_superuser: true,
    },
  }),
  'DELETE /users/:id': async () => ({ path: `/users/${(await vibemobi.member()).id}` }),
  'POST /private/users': async () => ({ path: '/private/users', json: creation() }),
};

const nameOf = ({ method, path }: Pick<Endpoint, 'method' | 'path'>) =>
  `${method} ${path.replace(/[\da-f]{8}-[\da-f-]{27}/, ':id')}`;

/** The audit events of a request, without those of its preparation. */
async function eventsOf(request: () => Promise<unknown>) {
  const before = (await vibemobi.audit()).length;
  await request();
  const all = await vibemobi.audit();
  return all.slice(0, all.length - before);
}

async function assertNamed(name: string, bearer: string, actor: string): Promise<void> {
  const prepare = requests[name];
  assert.ok(prepare, `${name} has a request here`);
  const { path, json } = await prepare();
  const [method = ''] = name.split(' ');
  const events = await eventsOf(async () => {
    const answer = await vibemobi.send(path, { method, bearer, ...(json && { json }) });
    assert.equal(answer.status, 200, answer.text);
  });
  assert.ok(events.length > 0);
  for (const { type, door, actor: by, address } of events)
    assert.deepEqual([type, door, by, address], [type, 'vibemobi', actor, '127.0.0.1']);
}

describe('every event of a request to', () => {
  const privileged = ENDPOINTS.filter(
    ({ who, method }) => (who === 'superuser' || who === 'trusted') && method !== 'GET',
  );
  for (const endpoint of privileged) {
    test(`${nameOf(endpoint)} names the superuser who sent it, and the address`, () =>
      assertNamed(nameOf(endpoint), root.bearer, `account:${root.id}`));
  }

  test('POST /private/users names the key that was shown, and the address', () =>
    assertNamed('POST /private/users', KEY, 'key:billing'));

  test('PATCH and DELETE /users/me names the user, and the address', async () => {
    const { bearer, id } = await vibemobi.member();
    const events = await eventsOf(async () => {
      assert.equal((await vibemobi.patch('/users/me', { full_name: 'Me' }, bearer)).status, 200);
      assert.equal((await vibemobi.delete('/users/me', bearer)).status, 200);
    });
    assert.deepEqual(
      events.map(({ type, actor, address }) => [type, actor, address]),
      [
        ['account_deleted', `account:${id}`, '127.0.0.1'],
        ['account_updated', `account:${id}`, '127.0.0.1'],
      ],
    );
  });

  test('POST /users/signup has the address and no actor, because it proves nothing', async () => {
    const { full_name, ...json } = creation();
    const [event, ...others] = await eventsOf(() => vibemobi.post('/users/signup', { ...json, full_name }));
    assert.deepEqual(others, []);
    assert.deepEqual(
      [event?.type, event?.actor, event?.address],
      ['account_created', undefined, '127.0.0.1'],
    );
  });
});
