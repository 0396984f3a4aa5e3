import { Fault, LOST, type World } from '../world.ts';
import { expectStatus } from './fabric.ts';
import { createMember } from './trusted.ts';

const form = (fields: Record<string, string>) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

/** Keeps one refresh token and draws access tokens with it: whatever it was given works from then on. */
export async function liveNotes(world: World, life: string): Promise<void> {
  const { email, password } = await createMember(world, life);
  const login = await world.askUntilAnswered('/auth/login', form({ username: email, password }));
  expectStatus(login, 'a login', 200);
  const { refresh_token, access_token } = login.body.tokens as Record<string, string>;
  const given: string[] = [access_token ?? ''];
  for (let turn = 20 + world.chance.below(20); turn > 0 && !world.isEnding; turn -= 1) {
    const answer = await world.ask('/auth/refresh', form({ refresh_token: refresh_token ?? '' }));
    if (answer !== LOST) {
      expectStatus(answer, 'a refresh token that is kept', 200);
      given.push(answer.body.tokens.access_token);
      world.count('access tokens drawn');
    }
    const current = await world.askUntilAnswered('/auth/current', {
      ...form({}),
      bearer: world.chance.pick(given),
    });
    if (current.status !== 200) throw new Fault(`an access token that was given: ${current.text}`);
  }
  world.ledger.acknowledge(life, { kind: 'stands', email, password });
}
