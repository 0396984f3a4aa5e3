import { setTimeout as pause } from 'node:timers/promises';
import type { Fact } from '../ledger.ts';
import { Fault, type World } from '../world.ts';

const LOGIN = '/api/v1/auth/login/basic';

/** Whether the server stands by what it said, whenever that was. */
export async function checkFact(world: World, fact: Fact): Promise<void> {
  const statusOf = async (path: string, request: object) =>
    (await world.askUntilAnswered(path, request)).status;
  const logIn = ({ email, password }: { email: string; password: string }) =>
    statusOf(LOGIN, { json: { identifier: email, password } });
  const status = await (async () => {
    switch (fact.kind) {
      case 'stands':
        return logIn(fact);
      case 'locked':
        return logIn(fact);
      case 'over':
        return statusOf('/api/v1/me', { bearer: fact.access });
      case 'spent':
        return statusOf(fact.path, { json: fact.json });
      case 'owed':
        return undefined;
    }
  })();
  const isTrue = {
    stands: status === 200,
    locked: status === 429,
    over: status === 401,
    spent: status !== undefined && status >= 400 && status < 500,
    owed: true,
  }[fact.kind];
  if (!isTrue) throw new Fault(`no longer true (answered ${status}): ${JSON.stringify(fact)}`);
  world.count(`facts checked again: ${fact.kind}`);
}

/** Goes back to what was settled long ago and asks again. */
export async function keep(world: World): Promise<void> {
  while (!world.isEnding) {
    const { settled } = world.ledger;
    if (settled.length > 0) await checkFact(world, world.chance.pick(settled));
    await pause(20);
  }
}
