import type { Customer } from './lives/customer.ts';
import { liveCustomer } from './lives/customer.ts';
import { liveGuesser } from './lives/guesser.ts';
import { checkFact, keep } from './lives/keeper.ts';
import { liveNotes } from './lives/notes.ts';
import { livePerson } from './lives/person.ts';
import { liveTrusted } from './lives/trusted.ts';
import { liveVisitor } from './lives/visitor.ts';
import { Fault, type World } from './world.ts';

type Life = (world: World, life: string) => Promise<void>;

/** Who is there at the same time, each with one account after the other. */
const CROWD: readonly (readonly [name: string, life: Life, count: number])[] = [
  ['person', livePerson, 5],
  ['visitor', liveVisitor, 3],
  ['member', liveTrusted, 1],
  ['writer', liveNotes, 2],
  ['guesser', liveGuesser, 1],
];

async function liveOn(world: World, name: string, live: Life): Promise<void> {
  while (!world.isEnding) {
    const life = world.name(name);
    await live(world, life);
    world.ledger.settle(life);
  }
}

/** Starts all clients. Resolves when the world ends and each has come to the end of what it began. */
export async function startClients(world: World, customers: readonly Customer[]): Promise<void> {
  const all = CROWD.flatMap(([name, life, count]) =>
    Array.from({ length: count }, () => liveOn(world, name, life)),
  );
  all.push(...customers.map((customer) => liveCustomer(world, customer)), keep(world));
  await Promise.all(all.map((client) => client.catch((error: unknown) => world.blame(error))));
  world.assertSound();
}

/** Everything that is in the ledger, against a server that nobody kills any more. */
export async function checkLedger(world: World, most: number): Promise<void> {
  const facts = world.ledger.read();
  const owed = new Map<string, number>();
  for (const fact of facts) if (fact.kind === 'owed') owed.set(fact.to, (owed.get(fact.to) ?? 0) + 1);
  for (const [to, count] of owed) {
    await world.until(`${count} messages to ${to}`, () => world.postbox.to(to).length >= count);
    world.count('mailboxes complete');
  }
  const rest = facts.filter(({ kind }) => kind !== 'owed');
  while (rest.length > most) rest.splice(world.chance.below(rest.length), 1);
  for (const fact of rest) await checkFact(world, fact);
  if (rest.length === 0) throw new Fault('nothing was acknowledged');
}
