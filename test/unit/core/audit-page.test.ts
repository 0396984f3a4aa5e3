import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditEventTypes } from '../../../src/core/audit/index.ts';
import { documentedEvents } from '../../support/audit-page.ts';

test('docs/audit.md lists every type of audit event, in the order of the code', () => {
  assert.deepEqual([...documentedEvents.keys()], [...auditEventTypes]);
});
