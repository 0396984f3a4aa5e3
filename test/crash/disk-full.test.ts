/** A real file system without room, under a real server. Only root can mount one, and only Linux has this kind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { send, type WireAnswer } from '../support/wire.ts';
import { TRUSTED_KEY } from './lives/trusted.ts';
import { Installation } from './server.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0;
const password = 'a long passphrase';

function says503(answer: WireAnswer, what: string): void {
  assert.equal(answer.status, 503, `${what}: ${answer.text}`);
  assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, what);
}

// SEC-095
test('with the disk full writes are 503, tokens are still checked, and room is all it takes to go on', {
  skip: canMount ? false : 'needs root on Linux to mount a small file system',
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-full-'));
  const disk = join(directory, 'disk');
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
  const installation = new Installation(directory, {
    LATCHKEY_DATABASE_URL: `sqlite:${join(disk, 'latchkey.db')}`,
  });
  try {
    const url = await installation.start().listening;
    const create = (email: string) =>
      send(`${url}/v1/private/users`, {
        bearer: TRUSTED_KEY,
        json: { email, password, full_name: 'x'.repeat(200), is_verified: true },
      });
    const logIn = (email: string) =>
      send(`${url}/api/v1/auth/login/basic`, { json: { identifier: email, password } });
    const refresh = (token: string) => send(`${url}/api/v1/auth/token/refresh`, { json: { refresh: token } });
    const me = (bearer: string) => send(`${url}/api/v1/me`, { bearer });

    assert.equal((await create('first@example.com')).status, 200);
    const login = await logIn('first@example.com');
    assert.equal(login.status, 200);
    const tokens = login.body.data ?? login.body;

    // All the room there is; what the log of the database has already is used up soon.
    const { bavail, bsize } = await statfs(disk);
    await writeFile(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
    let refused: WireAnswer | undefined;
    for (let number = 1; number <= 60 && refused === undefined; number += 1) {
      const created = await create(`more-${number}@example.com`);
      if (created.status !== 200) refused = created;
    }
    assert.ok(refused, 'the disk is full at last');
    says503(refused, 'a creation');
    says503(await logIn('first@example.com'), 'a sign-in, which could not be counted');
    says503(await refresh(tokens.refresh), 'a refresh');
    assert.equal((await me(tokens.access)).status, 200);
    assert.equal((await me(`${tokens.access}x`)).status, 401);

    await rm(join(disk, 'filler'));
    const again = await refresh(tokens.refresh);
    assert.equal(again.status, 200, 'nothing of the refused exchange was done');
    assert.equal((await create('last@example.com')).status, 200);
    assert.equal((await logIn('last@example.com')).status, 200);
    assert.equal((await send(`${url}/health/`)).status, 200);
  } finally {
    await installation.close();
    execFileSync('umount', [disk]);
    await rm(directory, { recursive: true, force: true });
  }
});
