import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from './ledger.ts';
import { Postbox } from './postbox.ts';
import { Seeded } from './seeded.ts';
import { Fault, World } from './world.ts';

export interface RunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Called after each kill. */
  readonly progress?: (kills: number) => void;
}

export interface Run {
  readonly kills: number;
  readonly directory: string;
  readonly world: World;
  /** Of the kills; clients have their own. */
  readonly chance: Seeded;
  /** Settings that every server of the run gets. */
  readonly env: Readonly<Record<string, string>>;
  /** How much of the ledger is gone through at the end, drawn by lot where it is more. */
  readonly factsChecked: number;
  readonly progress: (kills: number) => void;
}

/** What was done and checked, by name. */
export type Summary = Readonly<Record<string, number>>;

/**
 * One run of clients, kills and checks.
 * @throws Fault that names the seed and the directory, which stays for whoever looks into it
 */
export async function crash(
  engine: (run: Run) => Promise<void>,
  { kills, seed, progress = () => {} }: RunOptions,
): Promise<Summary> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-crash-'));
  const ledger = new Ledger(join(directory, 'ledger.jsonl'));
  const postbox = await Postbox.open();
  const world = new World({ ledger, postbox, chance: new Seeded(seed) });
  const env = { LATCHKEY_SMTP_URL: postbox.url };
  const factsChecked = 100 + kills;
  try {
    await engine({ kills, directory, world, chance: new Seeded(seed + 1), env, factsChecked, progress });
    world.assertSound();
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Fault(`${what}\nseed ${seed}, everything is kept in ${directory}`, { cause: error });
  } finally {
    ledger.close();
    await postbox.close();
  }
  await rm(directory, { recursive: true, force: true });
  return {
    ...world.counts,
    'messages that arrived': postbox.count,
    'messages that arrived twice': postbox.duplicates,
    'hours that the clock went ahead': Math.round(world.aheadMs / 360_000) / 10,
  };
}
