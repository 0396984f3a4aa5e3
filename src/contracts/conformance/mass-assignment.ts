import assert from 'node:assert/strict';
import type { Account } from '../../core/account/index.ts';
import type { Client } from './client.ts';
import type { Call, Person } from './driver.ts';
import { endpointsOf, isGuarded } from './endpoints.ts';
import type { Suite } from './suite.ts';

/** What no client may set about itself, in the spellings of the field. */
const POISON: Readonly<Record<string, unknown>> = {
  id: '00000000-0000-4000-8000-000000000000',
  user_id: '00000000-0000-4000-8000-000000000000',
  userid: 1,
  number: 1,
  is_superuser: true,
  isSuperuser: true,
  is_staff: true,
  isStaff: true,
  is_verified: true,
  isVerified: true,
  email_verified: true,
  emailVerifiedAt: 1,
  is_active: false,
  disabledAt: 1,
  createdAt: 1,
  epoch: 99,
  token_version: 99,
  hashed_password: 'x',
  passwordHash: 'x',
  role: 'admin',
  // As a name of its own: a literal would set the prototype.
  ['__proto__']: { is_superuser: true, isSuperuser: true },
  constructor: { prototype: { is_superuser: true } },
};

function poisoned(call: Call): Call {
  const { json, form } = call;
  const texts = Object.entries(POISON).map(([name, value]) => [name, String(value)]);
  return {
    ...call,
    ...(json !== undefined && { json: { ...POISON, ...json } }),
    ...(form !== undefined && { form: { ...Object.fromEntries(texts), ...form } }),
  };
}

/** What makes an account more than it was. */
function rightsOf(account: Account | undefined) {
  if (account === undefined) return undefined;
  const { id, number, isSuperuser, isStaff, createdAt, emailVerifiedAt, disabledAt } = account;
  return { id, number, isSuperuser, isStaff, createdAt, isVerified: emailVerifiedAt !== null, disabledAt };
}

const WRITES = /^(?:POST|PUT|PATCH) /;

/** SEC-066. */
export function massAssignment({ driver, guaranteeWith }: Suite): void {
  const everyAccount = async ({ admin }: Client): Promise<readonly Account[]> =>
    (await admin.listAccounts({ skip: 0, limit: 1_000 })).accounts;

  guaranteeWith('writing')('fields that grant rights change nothing, whatever writes', async (client) => {
    let looked = 0;
    for (const [name, endpoint] of endpointsOf(driver)) {
      if (!WRITES.test(name) || !isGuarded(endpoint) || endpoint.grantsRights !== undefined) continue;
      for (const kindName of endpoint.takes) {
        const kind = driver.kinds[kindName];
        // A superuser may; and whoever confirms a sign-up has proved an address.
        if (kind?.to !== undefined && kind.to !== 'member') continue;
        const person = await client.member();
        const credential = kind === undefined ? person.password : await kind.issue(client, person);
        const call = endpoint.call({ credential, person });
        const before = await rightsNow(client, person);
        const answer = await client.send(name, poisoned(call));
        assert.ok(answer.status < 500, `${name}: ${answer.status}`);
        const after = await rightsNow(client, person);
        // A new address may stand unverified; it must not become verified by a field.
        assert.deepEqual(
          after,
          { ...before, isVerified: after?.isVerified === true && before?.isVerified === true },
          name,
        );
        looked += 1;
        client.server.clock.advance(30_000);
      }
    }
    assert.ok(looked > 0, 'the contract has something that is written to');
  });

  for (const [name, endpoint] of endpointsOf(driver)) {
    if (isGuarded(endpoint) || endpoint.call === undefined) continue;
    const { call } = endpoint;
    guaranteeWith('writing')(`${name}: whoever makes an account has no rights by it`, async (client) => {
      const person = client.stranger();
      const known = new Set((await everyAccount(client)).map(({ id }) => id));
      const answer = await client.send(name, poisoned(call(person)));
      assert.ok(answer.status < 500, `${answer.status}`);
      const made = (await everyAccount(client)).filter(({ id }) => !known.has(id));
      for (const { id, number, isSuperuser, isStaff, emailVerifiedAt } of made) {
        assert.notEqual(id, '00000000-0000-4000-8000-000000000000');
        assert.ok(number > 1);
        assert.deepEqual(
          { isSuperuser, isStaff, emailVerifiedAt },
          { isSuperuser: false, isStaff: false, emailVerifiedAt: null },
        );
      }
    });
  }

  async function rightsNow({ admin }: Client, { account }: Person) {
    return rightsOf(await admin.findAccount({ id: account?.id ?? '' }));
  }
}
