import { Fault, LOST, type World } from '../world.ts';
import { expectRefusal } from './fabric.ts';
import { createMember } from './trusted.ts';

/** As `LATCHKEY_LOCKOUT_FAILURES` says in the harness. */
export const LOCKED_AFTER = 20;

/** Guesses a password until that locks the account. A guess that was answered has been counted, whatever dies then. */
export async function liveGuesser(world: World, life: string): Promise<void> {
  const { id, email, password, lostSignIns } = await createMember(world, life);
  const guesses = { sent: lostSignIns, answered: 0 };
  world.guesses.set(id, guesses);
  while (guesses.answered < LOCKED_AFTER) {
    guesses.sent += 1;
    const json = { identifier: email, password: `a wrong passphrase ${guesses.sent}` };
    const answer = await world.ask('/api/v1/auth/login/basic', { json });
    if (answer === LOST) continue;
    expectRefusal(answer, 'a wrong password');
    if (answer.status === 429 && guesses.sent <= LOCKED_AFTER)
      throw new Fault(`${email} is locked after ${guesses.sent} guesses`);
    guesses.answered += 1;
  }
  const right = { json: { identifier: email, password } };
  const answer = await world.askUntilAnswered('/api/v1/auth/login/basic', right);
  if (answer.status !== 429)
    throw new Fault(`${LOCKED_AFTER} guesses do not lock: ${answer.status} ${answer.text}`);
  world.ledger.acknowledge(life, { kind: 'locked', email, password });
  world.count('accounts locked by guesses');
}
