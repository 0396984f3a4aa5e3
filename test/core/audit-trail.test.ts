import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { AuditEvent, AuditEventType } from '../../src/core/audit/index.ts';
import { documentedEvents } from '../support/audit-page.ts';
import { operator } from '../support/operator.ts';
import { type Bench, type BenchOptions, ADDRESS as CLIENT, email, HOUR, MINUTE, openBench } from './bench.ts';

const ADDRESS = 'alice@example.com';
const identifier = email(ADDRESS);
const PASSWORD = 'correct horse battery';
const NEW_PASSWORD = 'staple of the new age';

interface Scene extends Bench {
  /** What was recorded since the last time somebody asked, oldest first. */
  recorded(): Promise<AuditEvent[]>;
}

async function openScene(t: TestContext, options: BenchOptions = {}): Promise<Scene> {
  const bench = await openBench(t, options);
  let seen = 0;
  return {
    ...bench,
    async recorded() {
      const all = (await bench.storage.audit.list({ limit: 10_000 })).toReversed();
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh;
    },
  };
}

const typesOf = (events: readonly AuditEvent[]) => events.map(({ type }) => type);

async function ask(
  scene: Scene,
  what: 'requestSignIn' | 'requestRecovery' | 'resendSignUp',
  form: 'code' | 'link' = 'code',
) {
  const permit = await scene.permit('message');
  await scene.auth[what]({ contract: scene.contract, permit, identifier, delivery: scene[form] });
  return scene.secretFor(ADDRESS);
}

async function answer(scene: Scene, code: string) {
  return { contract: scene.contract, permit: await scene.permit('confirm'), identifier, code };
}

async function signUp(scene: Scene) {
  const permit = await scene.permit('message');
  await scene.auth.signUp({
    contract: scene.contract,
    permit,
    identifier,
    password: PASSWORD,
    delivery: scene.code,
  });
  return scene.secretFor(ADDRESS);
}

async function changePassword(scene: Scene, currentPassword: string) {
  const { access } = await scene.signIn(ADDRESS, PASSWORD);
  const live = await scene.authenticate(access);
  await scene.recorded();
  const permit = await scene.permit('sign_in');
  await scene.auth.changePassword({
    contract: scene.contract,
    permit,
    live,
    currentPassword,
    newPassword: NEW_PASSWORD,
  });
}

async function requestEmailChange(scene: Scene) {
  const { access } = await scene.signIn(ADDRESS, PASSWORD);
  const live = await scene.authenticate(access);
  const newEmail = email('alice@new.example');
  await scene.recorded();
  const permit = await scene.permit('message');
  const change = {
    contract: scene.contract,
    permit,
    live,
    newEmail,
    currentPassword: PASSWORD,
    delivery: scene.code,
  };
  await scene.auth.requestEmailChange(change);
  return scene.secretFor('alice@new.example');
}

async function verifiedAccount(scene: Scene) {
  const account = await scene.createAccount(ADDRESS, PASSWORD);
  await scene.recorded();
  return account;
}

/** What each flow leaves in the trail. The flow runs after `recorded` was asked for the last time. */
const flows: Record<string, { run: (scene: Scene) => Promise<unknown>; leaves: readonly AuditEventType[] }> =
  {
    'a sign-up': { run: signUp, leaves: ['account_created', 'challenge_issued'] },
    'a confirmed sign-up': {
      async run(scene) {
        const code = await signUp(scene);
        await scene.recorded();
        await scene.auth.confirmSignUp(await answer(scene, code));
      },
      leaves: ['account_activated'],
    },
    'a sign-up message that is sent again': {
      async run(scene) {
        await signUp(scene);
        await scene.recorded();
        await ask(scene, 'resendSignUp');
      },
      leaves: ['challenge_issued'],
    },
    'a sign-in': {
      async run(scene) {
        await verifiedAccount(scene);
        await scene.signIn(ADDRESS, PASSWORD);
      },
      leaves: ['sign_in_succeeded'],
    },
    'a wrong password': {
      async run(scene) {
        await verifiedAccount(scene);
        await assert.rejects(scene.signIn(ADDRESS, 'not the password'));
      },
      leaves: ['sign_in_failed'],
    },
    'a sign-in with a code': {
      async run(scene) {
        await verifiedAccount(scene);
        await scene.auth.confirmSignIn(await answer(scene, await ask(scene, 'requestSignIn')));
      },
      leaves: ['challenge_issued', 'sign_in_succeeded'],
    },
    'a wrong code': {
      async run(scene) {
        await verifiedAccount(scene);
        const code = await ask(scene, 'requestSignIn');
        const wrong = code === '000000' ? '000001' : '000000';
        await assert.rejects(scene.auth.confirmSignIn(await answer(scene, wrong)));
      },
      leaves: ['challenge_issued', 'challenge_failed'],
    },
    'a link that is approved, and the code it turned into': {
      async run(scene) {
        await verifiedAccount(scene);
        const token = await ask(scene, 'requestSignIn', 'link');
        const { code } = await scene.auth.approveSignIn(await answer(scene, token));
        await scene.auth.confirmSignIn(await answer(scene, code));
      },
      leaves: ['challenge_issued', 'challenge_issued', 'sign_in_succeeded'],
    },
    'a recovery': {
      async run(scene) {
        await verifiedAccount(scene);
        const proof = await answer(scene, await ask(scene, 'requestRecovery'));
        await scene.auth.confirmRecovery({ ...proof, newPassword: NEW_PASSWORD });
      },
      leaves: ['challenge_issued', 'password_reset'],
    },
    'a first proof of an address by other means than its sign-up': {
      async run(scene) {
        await scene.admin.createAccount({ actor: operator, email: identifier, password: PASSWORD });
        await scene.recorded();
        await scene.auth.confirmSignIn(await answer(scene, await ask(scene, 'requestSignIn')));
      },
      leaves: ['challenge_issued', 'identifier_verified', 'password_dropped', 'sign_in_succeeded'],
    },
    'a first proof of the address of an account without a password': {
      async run(scene) {
        await scene.admin.createAccount({ actor: operator, email: identifier });
        await scene.recorded();
        await scene.auth.confirmSignIn(await answer(scene, await ask(scene, 'requestSignIn')));
      },
      leaves: ['challenge_issued', 'identifier_verified', 'sign_in_succeeded'],
    },
    'a changed password': {
      async run(scene) {
        await verifiedAccount(scene);
        await changePassword(scene, PASSWORD);
      },
      leaves: ['password_changed'],
    },
    'a password change with a wrong password': {
      async run(scene) {
        await verifiedAccount(scene);
        await assert.rejects(changePassword(scene, 'not the password'), { code: 'password_incorrect' });
      },
      leaves: ['sign_in_failed'],
    },
    'a move to another address': {
      async run(scene) {
        await verifiedAccount(scene);
        const code = await requestEmailChange(scene);
        const proof = await answer(scene, code);
        await scene.auth.confirmEmailChange({ ...proof, identifier: email('alice@new.example') });
      },
      leaves: ['challenge_issued', 'email_change_requested', 'email_changed'],
    },
    'a changed profile': {
      async run(scene) {
        await verifiedAccount(scene);
        const { access } = await scene.signIn(ADDRESS, PASSWORD);
        const live = await scene.authenticate(access);
        await scene.recorded();
        await scene.auth.updateProfile({
          live,
          permit: await scene.permit('profile'),
          patch: { bio: 'curious', fullName: null },
        });
      },
      leaves: ['account_updated'],
    },
    'a refresh token that was stolen': {
      async run(scene) {
        await verifiedAccount(scene);
        const { refresh: token = '' } = await scene.signIn(ADDRESS, PASSWORD);
        await scene.recorded();
        const permit = await scene.permit('refresh');
        await scene.auth.refresh({ contract: scene.contract, permit, token });
        scene.clock.advance(MINUTE);
        for (let knock = 0; knock < 3; knock += 1) {
          await assert.rejects(scene.auth.refresh({ contract: scene.contract, permit, token }), {
            code: 'refresh_refused',
          });
        }
      },
      leaves: ['refresh_reused'],
    },
    'what an operator does': {
      async run(scene) {
        const account = await scene.createAccount(ADDRESS, PASSWORD);
        const { passwordPolicy } = scene.contract;
        await scene.admin.setPassword({ actor: operator, account, password: NEW_PASSWORD, passwordPolicy });
        await scene.admin.revokeSessions({ actor: operator, account });
        await scene.admin.disableAccount({ actor: operator, account });
        await scene.admin.enableAccount({ actor: operator, account });
        await scene.admin.deleteAccount({ actor: operator, account });
      },
      leaves: [
        'account_created',
        'password_reset',
        'sessions_revoked',
        'account_disabled',
        'account_enabled',
        'account_deleted',
      ],
    },
  };

/** docs/audit.md explains each detail. */
function assertDocumented({ type, detail = {} }: AuditEvent): void {
  for (const name of Object.keys(detail))
    assert.ok(documentedEvents.get(type)?.has(name), `${type}: ${name}`);
}

describe('the trail of', () => {
  for (const [what, { run, leaves }] of Object.entries(flows)) {
    test(what, async (t) => {
      const scene = await openScene(t);
      await run(scene);
      const events = await scene.recorded();
      assert.deepEqual(typesOf(events), leaves);
      for (const event of events) {
        assert.match(event.accountId ?? '', /^[0-9a-f-]{36}$/, event.type);
        assert.match(event.door, /^(bench|cli)$/);
        assertDocumented(event);
        assert.ok(Math.abs(event.at - scene.clock.now()) <= MINUTE);
        if (event.door === 'bench') {
          const isInternal = ['identifier_verified', 'password_dropped'].includes(event.type);
          if (!isInternal) assert.equal(event.address, CLIENT, event.type);
        }
      }
    });
  }

  test('wrong passwords that switch sign-in off tells of each, and once of that', async (t) => {
    const scene = await openScene(t, { env: { LATCHKEY_LOCKOUT_DISABLE_AFTER: '12' } });
    const { id } = await verifiedAccount(scene);
    for (let failure = 1; failure <= 12; failure += 1) {
      await assert.rejects(scene.signIn(ADDRESS, 'not the password'), { code: 'credentials_invalid' });
      if (failure % 5 === 0) scene.clock.advance(10 * MINUTE);
    }
    // SEC-012: who goes on knocking is no news.
    for (let knock = 0; knock < 20; knock += 1) {
      await assert.rejects(scene.signIn(ADDRESS, PASSWORD), { code: 'account_locked' });
    }
    scene.clock.advance(24 * HOUR);
    await assert.rejects(scene.signIn(ADDRESS, PASSWORD), { code: 'account_locked' });
    const events = await scene.recorded();
    assert.equal(events.filter(({ type }) => type === 'sign_in_failed').length, 12);
    assert.deepEqual(typesOf(events.filter(({ type }) => type !== 'sign_in_failed')), [
      'password_sign_in_off',
    ]);
    assert.deepEqual(new Set(events.map(({ accountId }) => accountId)), new Set([id]));
    // SEC-014: the owner hears of it, and a recovery is the way back.
    assert.deepEqual(
      (await scene.messages()).map(({ topic, to }) => [topic, to]),
      [['password_sign_in_off', ADDRESS]],
    );
    const proof = await answer(scene, await ask(scene, 'requestRecovery'));
    await scene.auth.confirmRecovery({ ...proof, newPassword: NEW_PASSWORD });
    await scene.signIn(ADDRESS, NEW_PASSWORD);
  });
});

test('what fails leaves no trace of having happened', async (t) => {
  const scene = await openScene(t);
  await verifiedAccount(scene);
  const contract = { ...scene.contract, disclosesExistence: true };
  const permit = await scene.permit('message');
  const taken = scene.auth.signUp({ contract, permit, identifier, password: PASSWORD, delivery: scene.code });
  await assert.rejects(taken, { code: 'identifier_taken' });
  const created = scene.admin.createAccount({ actor: operator, email: identifier, password: PASSWORD });
  await assert.rejects(created, { code: 'identifier_taken' });
  assert.deepEqual(await scene.recorded(), []);
});

test('what is asked for a stranger is told without an account', async (t) => {
  const scene = await openScene(t);
  const permit = await scene.permit('message');
  await scene.auth.requestRecovery({ contract: scene.contract, permit, identifier, delivery: scene.code });
  await assert.rejects(scene.auth.confirmSignIn(await answer(scene, '123456')), { code: 'code_invalid' });
  await assert.rejects(scene.signIn(ADDRESS, PASSWORD), { code: 'credentials_invalid' });
  const events = await scene.recorded();
  assert.deepEqual(typesOf(events), ['challenge_issued', 'challenge_failed', 'sign_in_failed']);
  for (const { accountId } of events) assert.equal(accountId, undefined);
});
