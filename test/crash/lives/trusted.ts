import { Fault, LOST, type Reply, type World } from '../world.ts';
import { expectStatus } from './fabric.ts';

export const TRUSTED_KEY = 'a-key-of-the-crash-harness-alone';

export interface Member {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  /** Sign-ins without an answer. Each may have left a reserved attempt, which counts as a failure when it expires. */
  readonly lostSignIns: number;
}

/** A trusted system brings a user along. Its repeat after a lost answer makes nobody twice. */
export async function createMember(world: World, life: string): Promise<Member> {
  const email = `${life}@example.com`;
  const password = `the passphrase of ${world.chance.below(1e9)}`;
  const json = { email, password, full_name: 'A Member', is_verified: true };
  const request = { json, bearer: TRUSTED_KEY };
  let answer: Reply;
  let wasLost = false;
  do {
    answer = await world.ask('/v1/private/users', request);
    wasLost ||= answer === LOST;
  } while (answer === LOST);
  if (answer.status === 409 && !wasLost) throw new Fault(`nobody had ${email}, and it is taken`);
  if (answer.status !== 409) expectStatus(answer, 'a trusted creation', 200);
  let lostSignIns = 0;
  const token = await formLogIn(world, { email, password }, () => {
    lostSignIns += 1;
  });
  const me = await world.askUntilAnswered('/v1/users/me', { bearer: token });
  expectStatus(me, 'an acknowledged session', 200);
  world.count('users brought along');
  return { id: me.body.id, email, password, lostSignIns };
}

async function formLogIn(
  world: World,
  { email, password }: Pick<Member, 'email' | 'password'>,
  onLost: () => void,
): Promise<string> {
  const request = {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username: email, password }).toString(),
  };
  const answer = await world.askUntilAnswered('/v1/login/access-token', request, onLost);
  expectStatus(answer, 'the password of a user who was brought along', 200);
  return answer.body.access_token;
}

export async function liveTrusted(world: World, life: string): Promise<void> {
  const { email, password } = await createMember(world, life);
  world.ledger.acknowledge(life, { kind: 'stands', email, password });
}
