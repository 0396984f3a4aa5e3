import { setTimeout as pause } from 'node:timers/promises';
import { totpAt, totpStepAt } from '../../../src/crypto/totp.ts';
import { Fault, LOST, type World } from '../world.ts';
import { expectRefusal, expectStatus } from './fabric.ts';

export interface Customer {
  readonly email: string;
  readonly password: string;
  readonly secret: string;
}

const LOGIN = '/api/v1/public/auth/login';
const PRIVATE = '/api/v1/private/auth';

/** Signs in with password and TOTP, each code once: one that opened a session never opens another. */
export async function liveCustomer(world: World, customer: Customer): Promise<void> {
  const { email, password, secret } = customer;
  let lastStep = 0;
  while (!world.isEnding) {
    if (totpStepAt(world.now()) <= lastStep) {
      await pause(50);
      continue;
    }
    lastStep = totpStepAt(world.now());
    // A restart moves the clock, perhaps past the code.
    const { aheadMs } = world;
    const json = { Username: email, Password: password, Otp: totpAt(secret, world.now()) };
    let answer = await world.ask(LOGIN, { json });
    const wasLost = answer === LOST;
    answer ??= await world.askUntilAnswered(LOGIN, { json });
    if (answer.status !== 200) {
      if (wasLost || aheadMs !== world.aheadMs) continue;
      throw new Fault(`a code that was never used: ${answer.status} ${answer.text}`);
    }
    world.count('TOTP spent');
    expectRefusal(await world.askUntilAnswered(LOGIN, { json }), 'a TOTP that was used');
    await signOut(world, customer, answer.body.details.accessToken);
  }
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
