import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');

/** The audit event types that docs/audit.md lists, in its order, each with the names of its details. */
export const documentedEvents: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  [...page.matchAll(/^\| `(\w+)` \| .+? \| (.*)\|$/gm)].map(([, type = '', detail = '']) => [
    type,
    new Set([...detail.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)),
  ]),
);
