import type { World } from '../world.ts';
import { FabricClient, type Session, sessionIn } from './fabric.ts';

/** Signs up by mail, signs in, refreshes, changes the password, signs in by code, forgets the password and recovers. */
export async function livePerson(world: World, life: string): Promise<void> {
  const client = new FabricClient(world, life);
  const { email } = client;
  const first = `first passphrase of ${world.chance.below(1e9)}`;
  const second = `second passphrase of ${world.chance.below(1e9)}`;
  const third = `third passphrase of ${world.chance.below(1e9)}`;

  // A sign-up of which nothing is known is there or not: nobody but the owner of the mailbox can make it more.
  for (let isActive = false; !isActive; ) {
    await client.requestMessage('signup', { identifier: email, password: first });
    const confirmed = await client.spendCode('signup/confirm', {}, () => client.canLogIn(first));
    isActive = confirmed !== undefined || (await client.canLogIn(first));
  }
  world.count('sign-ups confirmed');

  let session = await client.logIn(first);
  for (let turn = 3 + world.chance.below(5); turn > 0 && !world.isEnding; turn -= 1) {
    await client.expectAlive(session, 'an acknowledged session');
    session = (await client.refresh(session)) ?? (await client.logIn(first));
    if (await client.reuse(session)) session = await client.logIn(first);
  }

  await client.changePassword(session, await client.logIn(first), first, second);

  const byCode = await signInByCode(client);
  session = byCode ?? (await client.logIn(second));
  await client.expectAlive(session, 'a session by code');

  const json = { new_password: third, confirm_password: third };
  for (let isReset = false; !isReset; ) {
    await client.requestMessage('password/reset', { identifier: email });
    const reset = await client.spendCode('password/reset/confirm', json, () => client.canLogIn(third));
    isReset = reset !== undefined || (await client.canLogIn(third));
  }
  await client.expectOver(session, 'the password was reset');
  if (await client.canLogIn(second))
    await client.expectOver(session, 'a password that was reset still works');
  await client.logIn(third);
  world.ledger.acknowledge(life, { kind: 'stands', email, password: third });
  world.count('passwords recovered');
}

async function signInByCode(client: FabricClient): Promise<Session | undefined> {
  await client.requestMessage('login/passwordless', { identifier: client.email });
  const answer = await client.spendCode('login/passwordless/confirm', {});
  return answer && sessionIn(answer);
}
