import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AuditEvent, AuditFilter } from '../../core/audit/index.ts';
import { createAccount, NOW } from './fixture.ts';
import type { Suite } from './suite.ts';

export function audit({ guarantee }: Suite): void {
  guarantee('an event comes back as it was recorded, what was absent stays absent', async ({ storage }) => {
    const whole: AuditEvent = {
      at: NOW,
      type: 'sign_in_succeeded',
      accountId: randomUUID(),
      sessionId: randomUUID(),
      door: 'fabric',
      actor: 'account:one',
      address: '2001:db8::1',
      detail: { by: 'code', total: 3, known: false },
    };
    const bare: AuditEvent = { at: NOW + 1, type: 'challenge_failed', door: 'cli' };
    await storage.audit.record(whole);
    await storage.audit.record(bare);
    assert.deepEqual(await storage.audit.list({ limit: 10 }), [bare, whole]);
  });

  guarantee(
    'events are listed newest first, in the order they came, and no more than asked for',
    async ({ storage }) => {
      for (const total of [1, 2, 3, 4]) {
        await storage.audit.record({ at: NOW, type: 'sign_in_failed', door: 'fabric', detail: { total } });
      }
      const listed = async (limit: number) =>
        (await storage.audit.list({ limit })).flatMap(({ detail }) => Object.values(detail ?? {}));
      assert.deepEqual(await listed(10), [4, 3, 2, 1]);
      assert.deepEqual(await listed(2), [4, 3]);
    },
  );

  guarantee(
    'events are listed by account, type and time, each alone and together, newest first',
    async ({ storage }) => {
      const [one, other] = [randomUUID(), randomUUID()];
      const events: AuditEvent[] = [];
      for (const at of [NOW, NOW + 1, NOW + 2]) {
        for (const accountId of [one, other]) {
          for (const type of ['sign_in_failed', 'sign_in_succeeded'] as const) {
            const event: AuditEvent = { at, type, accountId, door: 'fabric' };
            events.unshift(event);
            await storage.audit.record(event);
          }
        }
      }
      const type = 'sign_in_failed';
      const since = NOW + 1;
      for (const filter of [
        {},
        { accountId: one },
        { type },
        { since },
        { accountId: one, type },
        { accountId: one, since },
        { type, since },
        { accountId: one, type, since },
      ] satisfies AuditFilter[]) {
        const expected = events.filter(
          (event) =>
            (!('accountId' in filter) || event.accountId === one) &&
            (!('type' in filter) || event.type === type) &&
            (!('since' in filter) || event.at >= since),
        );
        const name = JSON.stringify(filter);
        assert.deepEqual(await storage.audit.list({ ...filter, limit: 100 }), expected, name);
        assert.deepEqual(await storage.audit.list({ ...filter, limit: 1 }), expected.slice(0, 1), name);
      }
    },
  );

  guarantee('of the oldest events those before an instant are purged, and no others', async ({ storage }) => {
    for (const at of [NOW, NOW + 1, NOW - 1, NOW + 2]) {
      await storage.audit.record({ at, type: 'sign_in_failed', door: 'fabric' });
    }
    const left = async () => (await storage.audit.list({ limit: 10 })).map(({ at }) => at - NOW);
    assert.equal(await storage.audit.purge(NOW, 10), 1);
    assert.deepEqual(await left(), [2, 1, 0]);
    assert.equal(await storage.audit.purge(NOW + 10, 2), 2);
    assert.deepEqual(await left(), [2]);
    assert.equal(await storage.audit.purge(NOW, 2), 0);
  });

  guarantee(
    'one account’s events are listed without the others’, also when it is gone',
    async ({ storage }) => {
      const account = await createAccount(storage);
      const other = await createAccount(storage);
      const event = { at: NOW, type: 'account_created', door: 'cli' } as const;
      await storage.audit.record({ ...event, accountId: account.id });
      await storage.audit.record({ ...event, accountId: other.id });
      await storage.audit.record(event);
      await storage.accounts.delete(account.id);
      const listed = await storage.audit.list({ accountId: account.id, limit: 10 });
      assert.deepEqual(listed, [{ ...event, accountId: account.id }]);
      assert.equal((await storage.audit.list({ limit: 10 })).length, 3);
    },
  );
}
