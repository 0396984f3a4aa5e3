import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flowQueries } from '../support/flow-queries.ts';

describe('the database', async () => {
  const flows = await flowQueries();

  test('is asked by every flow', () => {
    const silent = flows.filter(({ queries }) => queries.length === 0).map(({ flow }) => flow);
    assert.deepEqual(silent, ['Check a token while nothing was committed']);
  });

  test('is never searched through: each statement finds its rows by an index', () => {
    for (const { flow, queries } of flows) {
      for (const { verb, table, plan } of queries) {
        const scans = plan.filter((step) => step.startsWith('SCAN'));
        assert.deepEqual(scans, [], `${flow}: ${verb} ${table}`);
      }
    }
  });

  test('is written at most twice for a request: what counts an attempt, and what it led to', () => {
    for (const { flow, commits } of flows) {
      const isRequest = !/^(Deliver|Delete)/.test(flow);
      if (isRequest) assert.ok(commits <= 2, `${flow}: ${commits}`);
    }
  });
});
