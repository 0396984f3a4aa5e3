import { setTimeout as pause } from 'node:timers/promises';
import { totpAt, totpStepAt } from '../../../src/crypto/totp.ts';
import { Fault, LOST, type World } from '../world.ts';
import { expectRefusal, expectStatus, FabricClient } from './fabric.ts';
import { LOCKED_AFTER } from './guesser.ts';

export interface Customer {
  readonly email: string;
  readonly password: string;
  readonly secret: string;
}

const LOGIN = '/api/v1/public/auth/login';
const PRIVATE = '/api/v1/private/auth';

/** Signs in with password and TOTP, each code once: one that opened a session never opens another. */
export async function liveCustomer(world: World, customer: Customer): Promise<void> {
  const { email, secret } = customer;
  let { password } = customer;
  let lastStep = 0;
  /** Since the last success. One that a crash cut off is counted, and nobody takes it back. */
  let attempts = 0;
  const logIn = (json: object) => {
    attempts += 1;
    return world.ask(LOGIN, { json });
  };
  while (!world.isEnding) {
    if (totpStepAt(world.now()) <= lastStep) {
      await pause(50);
      continue;
    }
    lastStep = totpStepAt(world.now());
    // A restart moves the clock, perhaps past the code.
    const { aheadMs } = world;
    const json = { Username: email, Password: password, Otp: totpAt(secret, world.now()) };
    let answer = await logIn(json);
    const wasLost = answer === LOST;
    while (answer === LOST) answer = await logIn(json);
    if (attempts > LOCKED_AFTER && answer.text.includes('Account_Locked')) {
      password = await recover(world, customer);
      attempts = 0;
      continue;
    }
    if (answer.status !== 200) {
      if (wasLost || aheadMs !== world.aheadMs) continue;
      throw new Fault(`a code that was never used: ${answer.status} ${answer.text}`);
    }
    world.count('TOTP spent');
    attempts = 0;
    let again = await logIn(json);
    while (again === LOST) again = await logIn(json);
    expectRefusal(again, 'a TOTP that was used');
    await signOut(world, customer, answer.body.details.accessToken);
  }
}

/** What ends a lock that many crashes in a row have brought about. */
async function recover(world: World, { email }: Customer): Promise<string> {
  const password = `a passphrase after a lock ${world.chance.below(1e9)}`;
  const client = new FabricClient(world, email.replace(/@.*/, ''));
  const json = { new_password: password, confirm_password: password };
  for (let isReset = false; !isReset; ) {
    await client.requestMessage('password/reset', { identifier: email });
    const reset = await client.spendCode('password/reset/confirm', json, () => client.canLogIn(password));
    isReset = reset !== undefined || (await client.canLogIn(password));
  }
  world.count('locks ended by a recovery');
  return password;
}

async function signOut(world: World, { secret }: Customer, bearer: string): Promise<void> {
  const { aheadMs } = world;
  const shown = () => ({ bearer, headers: { otp: totpAt(secret, world.now()) } });
  const alive = await world.askUntilAnswered(`${PRIVATE}/me`, shown());
  if (aheadMs !== world.aheadMs) return;
  expectStatus(alive, 'a session with TOTP', 200);
  const answer = await world.ask(`${PRIVATE}/logout`, { ...shown(), json: {} });
  if (answer === LOST || aheadMs !== world.aheadMs) return;
  expectStatus(answer, 'a logout', 200);
  const me = await world.askUntilAnswered(`${PRIVATE}/me`, shown());
  if (me.status !== 401) throw new Fault(`a session that was signed out is answered ${me.status}`);
  world.count('sessions signed out');
}
