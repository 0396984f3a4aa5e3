import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isRouted } from '../../../src/http/index.ts';
import { startTestServer } from '../../support/server.ts';
import { send } from '../../support/wire.ts';

const page = new URL('../../../src/contracts/fabric/README.md', import.meta.url);
const ROW = /^\| (?<method>[A-Z]+) +\| `(?<path>\/[^`]*)` +\| (?<takes>[^|]*)\|/gm;

async function documented() {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(ROW)].map(({ groups }) => {
    const { method = '', path = '', takes = '' } = groups ?? {};
    const required = [...takes.matchAll(/`(\w+)`(?!\\)/g)].map(([, name = '']) => name);
    return { method, path, required, needsBearer: takes.startsWith('bearer') };
  });
}

test('the README lists every endpoint that there is, and no other', async (t) => {
  const { app, stop } = await startTestServer();
  t.after(stop);
  const [api] = app.mounts.filter(isRouted).filter(({ contract }) => contract === 'fabric');
  const mounted = api?.routes.map(({ method, path }) => `${method} ${path}`) ?? [];
  const listed = (await documented()).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(listed.toSorted(), mounted.toSorted());
});

test('an empty body is told exactly the fields that the README calls required', async (t) => {
  const { url, stop } = await startTestServer();
  t.after(stop);
  let looked = 0;
  for (const { method, path, required, needsBearer } of await documented()) {
    if (method !== 'POST' || needsBearer) continue;
    const { status, body } = await send(`${url}${path}`, { json: {} });
    assert.equal(status, 400, path);
    assert.deepEqual(Object.keys(body.detail), required, path);
    looked += 1;
  }
  assert.equal(looked, 10);
});
