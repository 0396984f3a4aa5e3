import { type Finding, ok, problem } from './finding.ts';

const OLDEST_NODE = 24;
/** Before this program was written. */
const EARLIEST_YEAR = 2025;

/** The runtime and the clock. */
export function examineMachine(): Finding[] {
  return [examineNode(), examineClock(new Date())];
}

function examineNode(): Finding {
  const what = `Node ${process.version}`;
  const isOld = Number.parseInt(process.versions.node, 10) < OLDEST_NODE;
  return isOld
    ? problem('node', `${what} is too old`, `install Node ${OLDEST_NODE} or newer`)
    : ok('node', what);
}

function examineClock(now: Date): Finding {
  const what = `it is ${now.toISOString()}`;
  if (now.getUTCFullYear() >= EARLIEST_YEAR) return ok('clock', what);
  return problem('clock', what, 'set the clock: tokens and codes live by it');
}
