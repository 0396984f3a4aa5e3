import type { World } from '../world.ts';
import { FabricClient } from './fabric.ts';
import { createMember } from './trusted.ts';

/** Stays signed in for long, refreshing all the time, and once in a while sends a token of long ago. */
export async function liveVisitor(world: World, life: string): Promise<void> {
  const { password } = await createMember(world, life);
  const client = new FabricClient(world, life);
  let session = await client.logIn(password);
  for (let turn = 60; turn > 0 && !world.isEnding; turn -= 1) {
    session = (await client.refresh(session)) ?? (await client.logIn(password));
    await client.expectAlive(session, 'a refreshed session');
    if (world.chance.oneIn(4) && (await client.reuse(session))) session = await client.logIn(password);
  }
}
