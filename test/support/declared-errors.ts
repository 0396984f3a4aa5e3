import assert from 'node:assert/strict';

/** No flow raised an error that it does not declare. @param lines of the log of a server */
export function assertErrorsDeclared(lines: readonly string[]): void {
  const undeclared = lines
    .filter((line) => line.includes('"event":"undeclared_error"'))
    .map((line) => JSON.parse(line) as { readonly flow: string; readonly refusal: string })
    .map(({ flow, refusal }) => `${flow}.errors misses ${refusal}`);
  assert.deepEqual([...new Set(undeclared)], []);
}
