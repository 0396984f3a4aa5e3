/** `npm run crash -- --kills 1000 [--engine sqlite|postgres|failover] [--seed S]` */
import { parseArgs } from 'node:util';
import { runFailovers } from './failover-run.ts';
import { runOnPostgres } from './postgres-run.ts';
import { crash } from './run.ts';
import { runOnSqlite } from './sqlite-run.ts';

const engines = { sqlite: runOnSqlite, postgres: runOnPostgres, failover: runFailovers };

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    engine: { type: 'string', default: 'sqlite' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
const print = (line: string) => process.stdout.write(`${line}\n`);
const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1_000);

const engine = Object.entries(engines).find(([name]) => name === values.engine)?.[1];
if (engine === undefined) throw new Error(`no engine ${values.engine}: ${Object.keys(engines).join(', ')}`);
print(`${kills} kills on ${values.engine}, seed ${seed}`);
try {
  const summary = await crash(engine, {
    kills,
    seed,
    progress(done) {
      if (done % 25 === 0) print(`${done} kills after ${seconds()} s`);
    },
  });
  for (const [what, count] of Object.entries(summary).toSorted())
    print(`${String(count).padStart(8)}  ${what}`);
  print(`0 faults in ${seconds()} s`);
} catch (error) {
  print(error instanceof Error ? `FAULT after ${seconds()} s: ${error.message}` : String(error));
  process.exitCode = 1;
}
