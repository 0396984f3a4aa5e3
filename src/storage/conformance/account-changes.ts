import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Account } from '../../core/account/index.ts';
import { createAccount, createPending, email, HOUR, NOW, phone, username } from './fixture.ts';
import type { Suite } from './suite.ts';

export function accountChanges({ guarantee }: Suite): void {
  guarantee('the proof of an address is noted once, and activates', async ({ storage }) => {
    const { id } = await createAccount(storage, {
      email: email('a@example.com'),
      phone: phone('+4917012345678'),
      activatedAt: null,
    });
    await storage.accounts.markVerified(id, 'email', NOW + 1);
    await storage.accounts.markVerified(id, 'email', NOW + 2);
    await storage.accounts.markVerified(id, 'phone', NOW + 3);
    await storage.accounts.markVerified(id, 'phone', NOW + 4);
    await storage.accounts.markVerified(randomUUID(), 'email', NOW + 5);
    const account = await storage.accounts.findById(id);
    assert.deepEqual(
      [account?.activatedAt, account?.emailVerifiedAt, account?.phoneVerifiedAt],
      [NOW + 1, NOW + 1, NOW + 3],
    );
  });

  guarantee('an account that was active before the proof stays active since then', async ({ storage }) => {
    const { id } = await createAccount(storage, { activatedAt: NOW - HOUR });
    await storage.accounts.markVerified(id, 'email', NOW);
    const account = await storage.accounts.findById(id);
    assert.deepEqual([account?.activatedAt, account?.emailVerifiedAt], [NOW - HOUR, NOW]);
  });

  // SEC-028
  guarantee('when an account first proved an address stays, wherever it moves', async ({ storage }) => {
    const { accounts } = storage;
    const firstProof = async (id: string) => (await accounts.findById(id))?.firstProvedAt;
    const made = await createAccount(storage, { phone: phone('+4917012345678'), phoneVerifiedAt: NOW });
    assert.equal(await firstProof(made.id), NOW);
    const confirmed = await createPending(storage, { email: email('confirmed@example.com') });
    assert.equal(await firstProof(confirmed.id), null);
    await accounts.markVerified(confirmed.id, 'email', NOW + 1);
    const moving = await createAccount(storage);
    await accounts.changeEmail(moving.id, email('unproved@example.com'), null);
    assert.equal(await firstProof(moving.id), null);
    await accounts.changeEmail(moving.id, email('proved@example.com'), NOW + 2);
    for (const [{ id }, at] of [
      [made, NOW],
      [confirmed, NOW + 1],
      [moving, NOW + 2],
    ] as const) {
      await accounts.changeEmail(id, email(`${id}@example.com`), null);
      assert.equal(await firstProof(id), at);
      await accounts.changeEmail(id, email(`${id}@example.org`), NOW + 3);
      await accounts.markVerified(id, 'email', NOW + 4);
      assert.equal(await firstProof(id), at);
    }
  });

  guarantee('an account moves to a number that nobody has, and has not proved it', async ({ storage }) => {
    const { accounts } = storage;
    const [one, other] = [phone('+4917012345678'), phone('+4917012345679')];
    const { id } = await createAccount(storage, { phone: one, phoneVerifiedAt: NOW });
    const second = await createAccount(storage, { phone: other });
    assert.equal(await accounts.changePhone(second.id, one), 'taken');
    assert.equal(await accounts.changePhone(id, phone('+4917012345677')), 'changed');
    assert.equal(await accounts.changePhone(second.id, one), 'changed');
    const moved = await accounts.findById(id);
    assert.deepEqual([moved?.phone, moved?.phoneVerifiedAt], ['+4917012345677', null]);
  });

  guarantee('a profile changes where the patch says so and nowhere else', async ({ storage }) => {
    const { id } = await createAccount(storage, { fullName: 'Alice Liddell' });
    const bystander = await createAccount(storage);
    const patched = await storage.accounts.updateProfile(id, {
      givenName: 'Alice',
      familyName: 'Liddell',
      birthDate: '1852-05-04',
      bio: 'curious',
    });
    const names = (account: Account | undefined) => [
      account?.fullName,
      account?.givenName,
      account?.familyName,
      account?.birthDate,
      account?.bio,
    ];
    assert.deepEqual(names(patched), ['Alice Liddell', 'Alice', 'Liddell', '1852-05-04', 'curious']);
    const cleared = await storage.accounts.updateProfile(id, { bio: null, fullName: null });
    assert.deepEqual(names(cleared), [null, 'Alice', 'Liddell', '1852-05-04', null]);
    assert.deepEqual(await storage.accounts.updateProfile(id, {}), cleared);
    assert.deepEqual(await storage.accounts.findById(id), cleared);
    assert.deepEqual(await storage.accounts.findById(bystander.id), bystander);
  });

  guarantee('the profile of nobody cannot be changed', async ({ storage }) => {
    assert.equal(await storage.accounts.updateProfile(randomUUID(), { bio: 'x' }), undefined);
    assert.equal(await storage.accounts.updateProfile(randomUUID(), {}), undefined);
  });

  guarantee('an account that moves to a proved address leaves the old one to others', async ({ storage }) => {
    const { id } = await createAccount(storage, { email: email('old@example.com') });
    assert.equal(await storage.accounts.changeEmail(id, email('New@example.com'), NOW + 5), 'changed');
    const moved = await storage.accounts.findByIdentifier(email('NEW@example.com'));
    assert.deepEqual([moved?.id, moved?.email, moved?.emailVerifiedAt], [id, 'New@example.com', NOW + 5]);
    assert.equal(await storage.accounts.findByIdentifier(email('old@example.com')), undefined);
    await createAccount(storage, { email: email('old@example.com') });
  });

  guarantee('an account cannot move to an address that another has, in any spelling', async ({ storage }) => {
    await createAccount(storage, { email: email('taken@example.com') });
    const before = await createAccount(storage, { email: email('mine@example.com') });
    assert.equal(await storage.accounts.changeEmail(before.id, email('TAKEN@example.com'), NOW), 'taken');
    assert.deepEqual(await storage.accounts.findById(before.id), before);
  });

  guarantee('a refused move leaves its transaction usable', async ({ storage }) => {
    await createAccount(storage, { email: email('taken@example.com') });
    const { id } = await createAccount(storage, { email: email('mine@example.com') });
    await storage.transaction(async (stores) => {
      assert.equal(await stores.accounts.changeEmail(id, email('taken@example.com'), NOW), 'taken');
      await stores.accounts.updateProfile(id, { bio: 'still here' });
    });
    assert.equal((await storage.accounts.findById(id))?.bio, 'still here');
  });

  guarantee('an account may move to another spelling of its own address', async ({ storage }) => {
    const { id } = await createAccount(storage, { email: email('alice@example.com') });
    assert.equal(await storage.accounts.changeEmail(id, email('Alice@example.com'), NOW), 'changed');
    assert.equal((await storage.accounts.findById(id))?.email, 'Alice@example.com');
  });

  guarantee(
    'a username can be taken, changed and given up, and is one name in any case',
    async ({ storage }) => {
      const { accounts } = storage;
      const { id } = await createAccount(storage);
      const other = await createAccount(storage);
      assert.equal(await accounts.changeUsername(id, username('Alice')), 'changed');
      assert.equal((await accounts.findByIdentifier(username('ALICE')))?.username, 'Alice');
      assert.equal(await accounts.changeUsername(other.id, username('aLiCe')), 'taken');
      assert.equal((await accounts.findById(other.id))?.username, null);
      assert.equal(await accounts.changeUsername(id, username('alice')), 'changed');
      assert.equal(await accounts.changeUsername(id, null), 'changed');
      assert.equal(await accounts.changeUsername(other.id, username('aLiCe')), 'changed');
      assert.equal((await accounts.findById(id))?.username, null);
    },
  );

  guarantee('an address that nobody has proved stands unproved', async ({ storage }) => {
    const { id } = await createAccount(storage, { emailVerifiedAt: NOW });
    assert.equal(await storage.accounts.changeEmail(id, email('unproved@example.com'), null), 'changed');
    assert.equal((await storage.accounts.findById(id))?.emailVerifiedAt, null);
  });

  guarantee('rights are given and taken one by one, from one account alone', async ({ storage }) => {
    const { accounts } = storage;
    const { id } = await createAccount(storage);
    const other = await createAccount(storage);
    const rightsOf = async (whose: string) => {
      const account = await accounts.findById(whose);
      return [account?.isSuperuser, account?.isStaff];
    };
    await accounts.setRights(id, {});
    assert.deepEqual(await rightsOf(id), [false, false]);
    await accounts.setRights(id, { isSuperuser: true });
    assert.deepEqual(await rightsOf(id), [true, false]);
    await accounts.setRights(id, { isStaff: true });
    await accounts.setRights(id, { isSuperuser: false });
    assert.deepEqual(await rightsOf(id), [false, true]);
    assert.deepEqual(await rightsOf(other.id), [false, false]);
  });

  guarantee('an account is activated once', async ({ storage }) => {
    const { id } = await createPending(storage);
    await storage.accounts.activate(id, NOW + 1);
    await storage.accounts.activate(id, NOW + 2);
    assert.equal((await storage.accounts.findById(id))?.activatedAt, NOW + 1);
  });

  guarantee('an account is switched off and on', async ({ storage }) => {
    const { id } = await createAccount(storage);
    assert.equal((await storage.accounts.setDisabled(id, NOW))?.disabledAt, NOW);
    assert.equal((await storage.accounts.findById(id))?.disabledAt, NOW);
    assert.equal((await storage.accounts.setDisabled(id, null))?.disabledAt, null);
    assert.equal(await storage.accounts.setDisabled(randomUUID(), NOW), undefined);
  });

  guarantee('epochs count up, each account for itself', async ({ storage }) => {
    const { id, epoch } = await createAccount(storage);
    const other = await createAccount(storage);
    assert.equal(await storage.accounts.advanceEpoch(id), epoch + 1);
    assert.equal(await storage.accounts.advanceEpoch(id), epoch + 2);
    assert.equal((await storage.accounts.findById(id))?.epoch, epoch + 2);
    assert.equal((await storage.accounts.findById(other.id))?.epoch, other.epoch);
  });

  guarantee('a sign of life is noted unless there was one just before', async ({ storage }) => {
    const { id } = await createAccount(storage);
    const seen = async (now: number, unlessSince: number) => {
      await storage.accounts.touch(id, { now, unlessSince });
      return (await storage.accounts.findById(id))?.lastSeenAt;
    };
    assert.equal(await seen(NOW, NOW - 60), NOW);
    assert.equal(await seen(NOW + 50, NOW - 10), NOW);
    assert.equal(await seen(NOW + 100, NOW + 40), NOW + 100);
    await storage.accounts.touch(randomUUID(), { now: NOW, unlessSince: 0 });
  });
}
