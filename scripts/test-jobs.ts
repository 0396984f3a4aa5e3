import { availableParallelism } from 'node:os';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

/** One test file on one engine. */
export interface Job {
  readonly file: string;
  readonly engine: 'sqlite' | 'postgres';
}

/** Makes `latchkey` and its parts the source of this checkout, for examples that import the package. */
const SOURCE = '--conditions=latchkey-source';
const TIMEOUT = '--test-timeout=120000';
/** Where `bin/latchkey.js` keeps compiled code, too. Its names are digests of the source: a change is compiled anew. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/latchkey', import.meta.url));
/** One more than cores: files wait for disks and child processes some of the time. */
const AT_ONCE = availableParallelism() + 1;

/** Those that take longest start first, so that no core waits for one of them at the end. The rest takes seconds. */
const LONGEST: readonly string[] = [
  'test/contracts/conformance/fabric.test.ts',
  'test/cli/serve.test.ts',
  'test/contracts/conformance/vibemobi.test.ts',
  'test/crash/sqlite.test.ts',
  'test/cli/workers.test.ts',
  'test/storage/postgres.test.ts',
  'test/contracts/identity/competing-sign-ups.test.ts',
  'test/contracts/identity/unproved-addresses.test.ts',
  'test/contracts/conformance/ibanera.test.ts',
  'test/contracts/conformance/notes.test.ts',
  'test/contracts/conformance/example.test.ts',
  'test/contracts/fabric/lockout.test.ts',
  'test/contracts/fabric/limits.test.ts',
  'test/contracts/budgets.test.ts',
];

type Summary = Extract<TestEvent, { type: 'test:summary' }>['data'];

/** The reporter counts nothing. */
const noCounts = { cancelled: 0, passed: 0, skipped: 0, suites: 0, tests: 0, todo: 0, topLevel: 0 };

interface Result {
  readonly job: Job;
  readonly events: readonly TestEvent[];
  readonly seconds: number;
}

/**
 * Runs each job in a process of its own, as many at once as this machine has use for, and prints each when it is over:
 * all failures once more at the end, and one sum.
 *
 * @param env added to the environment of this process
 * @returns whether all succeeded
 */
export async function runJobs(
  jobs: readonly Job[],
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const startedAt = performance.now();
  const queue = longestFirst(jobs);
  const report = new Report();
  const work = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) report.add(await runJob(job, env));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return await report.end(performance.now() - startedAt);
}

function longestFirst(jobs: readonly Job[]): Job[] {
  const rank = ({ file }: Job) => {
    const at = LONGEST.indexOf(file);
    return at < 0 ? LONGEST.length : at;
  };
  return jobs.toSorted((one, other) => rank(one) - rank(other));
}

async function runJob(job: Job, env: Readonly<Record<string, string>>): Promise<Result> {
  const startedAt = performance.now();
  const events: TestEvent[] = [];
  const stream = run({
    files: [job.file],
    execArgv: [SOURCE, TIMEOUT],
    env: { ...process.env, NODE_COMPILE_CACHE, ...env, TEST_ENGINE: job.engine },
  });
  for await (const event of stream) events.push(event);
  return { job, events, seconds: (performance.now() - startedAt) / 1_000 };
}

/** What is printed: the events of one file after those of another, by the reporter that `node --test` has. */
class Report {
  readonly #reporter = new spec();
  readonly #counts = new Map<string, number>();
  #succeeded = true;

  constructor() {
    this.#reporter.pipe(process.stdout);
  }

  add({ job: { file, engine }, events, seconds }: Result): void {
    const message = `\n${file} on ${engine}, ${seconds.toFixed(1)} s\n`;
    this.#reporter.write({ type: 'test:stdout', data: { file, message } });
    for (const event of events) {
      if (event.type === 'test:summary') this.#count(event.data);
      else if (!isTotal(event)) this.#reporter.write(engine === 'postgres' ? onPostgres(event) : event);
    }
  }

  async end(ms: number): Promise<boolean> {
    for (const [what, count] of this.#counts) this.#total(`${what} ${count}`);
    this.#total(`seconds ${Math.round(ms / 1_000)}`);
    const data = { counts: noCounts, duration_ms: ms, file: undefined, success: this.#succeeded };
    this.#reporter.end({ type: 'test:summary', data });
    await finished(this.#reporter);
    return this.#succeeded;
  }

  #count({ file, success, counts }: Summary): void {
    // One is about the file and one about the run, which has no other.
    if (file !== undefined) return;
    this.#succeeded &&= success;
    for (const [what, count] of Object.entries(counts)) {
      if (what !== 'topLevel') this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
    }
  }

  #total(message: string): void {
    this.#reporter.write({ type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } });
  }
}

/** What `node --test` prints below all tests: here once for all files. */
function isTotal({ type, data }: TestEvent): boolean {
  return type === 'test:diagnostic' && data.file === undefined;
}

/** Failures are printed again at the end, where it would be lost on which engine that was. */
function onPostgres(event: TestEvent): TestEvent {
  if (event.type !== 'test:start' && event.type !== 'test:pass' && event.type !== 'test:fail') return event;
  const data = { ...event.data, name: `${event.data.name} (PostgreSQL)` };
  return { type: event.type, data } as TestEvent;
}
