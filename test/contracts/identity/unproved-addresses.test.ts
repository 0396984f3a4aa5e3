import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { done, no, says, times } from '../fabric/driver.ts';
import { no as vibemobiNo, says as vibemobiSays } from '../vibemobi/driver.ts';
import { ATTACKER, from, NEW_PASSWORD, OWNER, PASSWORD, start, type World } from './world.ts';

const modes = {
  contract: await start({ LATCHKEY_SMS_URL: 'http://127.0.0.1:9/sms' }),
  hardened: await start({ LATCHKEY_ENUMERATION: 'hardened', LATCHKEY_SMS_URL: 'http://127.0.0.1:9/sms' }),
};
const everywhere = ['fabric', 'notes', 'vibemobi'];

/** An account that was proved by another address, and has then written the victim's into itself at VibeMobi. */
const squatters = {
  'a proved phone number': async (world: World, victim: string) => {
    const phone = world.fabric.phone();
    const { id } = await world.fabric.account({
      phone,
      username: `squatter-${phone.slice(1)}`,
      password: PASSWORD,
    });
    return squat(world, `squatter-${phone.slice(1)}`, id, victim);
  },
  'a former address that was proved': async (world: World, victim: string) => {
    const email = world.fabric.email('squatter');
    const { id } = await world.fabric.account({ email, password: PASSWORD });
    return squat(world, email, id, victim);
  },
};

async function squat({ vibemobi }: World, login: string, id: string, victim: string) {
  const bearer = await vibemobi.session(login);
  const { status } = await vibemobi.patch('/users/me', { email: victim }, bearer);
  assert.equal(status, 200);
  return { id, bearer };
}

for (const [mode, world] of Object.entries(modes)) {
  const { fabric, vibemobi, ways, server } = world;
  const { storage } = server.app;

  // SEC-028
  describe(`an address that was only written into an account, in ${mode} mode,`, () => {
    for (const [proof, create] of Object.entries(squatters)) {
      for (const [contract, way] of Object.entries(ways)) {
        test(`goes to the one who signs up through ${contract} and proves it; the account has ${proof}`, async () => {
          const victim = fabric.email('victim');
          const squatter = await create(world, victim);
          // Without the last visit, which is noted after the answer.
          const stored = async () => ({ ...(await vibemobi.stored(squatter.id)), lastSeenAt: null });
          const before = await stored();
          await way.signUp(victim, NEW_PASSWORD, OWNER);
          // Nothing is taken before the proof.
          assert.deepEqual(await stored(), before);
          if (contract === 'fabric') {
            const resent = await fabric.post('signup/otp/resend/', { identifier: victim.toUpperCase() });
            says(resent, done('otp sent via email.'));
            assert.equal((await server.messages(victim)).length, 2);
          }
          await way.confirm(victim);
          const owner = await fabric.find(victim);
          assert.notEqual(owner.id, squatter.id);
          assert.deepEqual(await world.opens(victim, NEW_PASSWORD), everywhere);
          assert.deepEqual(await world.opens(victim, PASSWORD), []);
          const { epoch: _, ...left } = await stored();
          const { epoch: __, ...kept } = before;
          assert.deepEqual(left, { ...kept, email: null });
          assert.equal((await vibemobi.get('/users/me', squatter.bearer)).status, 200);
          const [event] = await storage.audit.list({ accountId: squatter.id, limit: 1 });
          assert.deepEqual([event?.type, event?.actor], ['address_released', `account:${owner.id}`]);
        });
      }

      test(`goes to the account that moves there through fabric and proves it; the account has ${proof}`, async () => {
        const victim = fabric.email('victim');
        const squatter = await create(world, victim);
        const member = await fabric.member();
        const { access } = await fabric.session(member.email);
        says(await fabric.changeEmail(access, victim), done('otp has been sent to the email.'));
        assert.equal((await vibemobi.stored(squatter.id)).email, victim);
        const code = await fabric.code(victim);
        const confirmed = await fabric.post('email/change/confirm/', { identifier: victim, code });
        says(confirmed, done('Email has been changed successfully.'));
        assert.equal((await fabric.me(access)).body.email, victim);
        assert.equal((await vibemobi.stored(squatter.id)).email, null);
      });

      test(`stays taken where nothing is proved; the account has ${proof}`, async () => {
        const victim = fabric.email('victim');
        await create(world, victim);
        const signUp = await vibemobi.post('/users/signup', { email: victim, password: NEW_PASSWORD });
        vibemobiSays(signUp, vibemobiNo.signUpEmailTaken);
        const { bearer } = await vibemobi.member();
        vibemobiSays(await vibemobi.patch('/users/me', { email: victim }, bearer), vibemobiNo.emailConflict);
        const root = await vibemobi.superuser();
        const made = await vibemobi.post(
          '/users/',
          { email: victim, password: NEW_PASSWORD },
          { bearer: root.bearer },
        );
        vibemobiSays(made, vibemobiNo.creationEmailTaken);
      });
    }

    test('goes to the one of many who prove it at once that was sent the newest code', async () => {
      const victim = fabric.email('victim');
      await squatters['a proved phone number'](world, victim);
      await ways.fabric.signUp(victim, NEW_PASSWORD, OWNER);
      const code = await fabric.code(victim);
      const { access } = await fabric.session((await fabric.member()).email);
      says(await fabric.changeEmail(access, victim), done('otp has been sent to the email.'));
      const change = await fabric.code(victim);
      const answers = await Promise.all([
        ...times(5, () => fabric.post('signup/confirm/', { identifier: victim, code })),
        ...times(5, () => fabric.post('email/change/confirm/', { identifier: victim, code: change })),
      ]);
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      assert.ok(answers.every(({ status }) => status < 500));
      assert.notEqual((await fabric.find(victim)).emailVerifiedAt, null);
    });

    test('a code to sign in there leaves the password and the sessions of before no way in', async () => {
      const victim = fabric.email('victim');
      const { id, bearer } = await squatters['a former address that was proved'](world, victim);
      await fabric.enter(victim);
      assert.equal((await fabric.find(victim)).id, id);
      assert.deepEqual(await world.opens(victim, PASSWORD), []);
      assert.equal((await vibemobi.get('/users/me', bearer)).status, 401);
    });

    test('a proof of its account’s own ends the sign-ups that wait for it', async () => {
      const email = fabric.email();
      const { id } = await squatters['a former address that was proved'](world, email);
      await ways.fabric.signUp(email, NEW_PASSWORD, OWNER);
      const code = await fabric.code(email);
      await fabric.post('password/reset/', { identifier: email });
      const reset = await fabric.resetWith(email, await fabric.code(email), NEW_PASSWORD);
      says(reset, done('Password has been reset successfully.'));
      const late = await fabric.post('signup/confirm/', { identifier: email, code });
      says(late, no.wrongCode);
      assert.equal((await fabric.find(email)).id, id);
      const address = { kind: 'email', value: email, key: email } as const;
      assert.equal(await storage.accounts.findPending(address), undefined);
    });
  });

  test(`an account that never proved anything goes to the one who proves its address, in ${mode} mode`, async () => {
    const email = fabric.email();
    const made = await vibemobi.post('/users/signup', { email, password: PASSWORD }, from(ATTACKER));
    const answer = await fabric.post('signup/', { identifier: email, password: NEW_PASSWORD }, from(OWNER));
    says(answer, mode === 'contract' ? no.taken : done('otp sent via email.'));
    await fabric.enter(email);
    assert.equal((await fabric.find(email)).id, (made.body as { id: string }).id);
    assert.deepEqual(await world.opens(email, PASSWORD), []);
  });
}

test('the account that loses an address hears of it at one that it has proved', async () => {
  const { fabric, ways, server } = modes.contract;
  const victim = fabric.email('victim');
  await squatters['a proved phone number'](modes.contract, victim);
  const topics: string[] = [];
  const { outbox } = server.app.core;
  const entry = outbox.entry.bind(outbox);
  outbox.entry = (message) => {
    topics.push(`${message.channel} ${message.topic}`);
    return entry(message);
  };
  await ways.fabric.signUp(victim, NEW_PASSWORD, OWNER);
  await ways.fabric.confirm(victim);
  assert.deepEqual(topics, ['email sign_up', 'sms address_released']);
});
