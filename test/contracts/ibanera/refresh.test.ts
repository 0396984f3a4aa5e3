import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { send } from '../../support/wire.ts';
import { DAY, no, REFRESH, SECOND, says, start, tally, times, tokensOf } from './driver.ts';

const ibanera = await start();
const { clock } = ibanera.server;

describe('a refresh', () => {
  test('gives the same four details, with other tokens, and the session goes on', async () => {
    const partner = await ibanera.signedIn();
    clock.advance(SECOND);
    const next = tokensOf(await ibanera.refresh(partner.refreshToken));
    assert.notEqual(next.accessToken, partner.accessToken);
    assert.notEqual(next.refreshToken, partner.refreshToken);
    assert.deepEqual([next.expiresIn, next.refreshTokenExpiresIn], [3_600, 86_400]);
    assert.equal((await ibanera.me(next.accessToken, ibanera.code(partner))).status, 200);
  });

  // SEC-057
  test('that is repeated within thirty seconds gets the same bytes; fifty at once do', async () => {
    const { refreshToken } = await ibanera.signedIn();
    const answers = await Promise.all(times(50, () => ibanera.refresh(refreshToken)));
    assert.deepEqual(tally(answers), { 200: 50 });
    clock.advance(30 * SECOND);
    answers.push(await ibanera.refresh(refreshToken));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  });

  // SEC-056
  test('that is repeated later is theft, and ends the session', async () => {
    const partner = await ibanera.signedIn();
    const next = tokensOf(await ibanera.refresh(partner.refreshToken));
    clock.advance(30 * SECOND + 1);
    says(await ibanera.refresh(partner.refreshToken), no.refreshInvalid);
    says(await ibanera.refresh(next.refreshToken), no.refreshInvalid);
    says(await ibanera.me(next.accessToken, ibanera.code(partner)), no.token('Invalid'));
  });

  // SEC-058
  test('whose successor was used is refused, and the session lives', async () => {
    const partner = await ibanera.signedIn();
    const next = tokensOf(await ibanera.refresh(partner.refreshToken));
    const last = tokensOf(await ibanera.refresh(next.refreshToken));
    says(await ibanera.refresh(partner.refreshToken), no.refreshInvalid);
    assert.equal((await ibanera.me(last.accessToken, ibanera.code(partner))).status, 200);
  });

  test('is too late after a day', async () => {
    const { refreshToken } = await ibanera.signedIn();
    clock.advance(DAY - 1);
    const { refreshToken: next } = tokensOf(await ibanera.refresh(refreshToken));
    clock.advance(DAY);
    says(await ibanera.refresh(next), no.refreshExpired);
  });

  test('of a token that is missing or no text is required, of anything else invalid', async () => {
    const { accessToken } = await ibanera.signedIn();
    for (const nothing of [undefined, '', null, 7, ['x']])
      says(await ibanera.refresh(nothing), no.refreshRequired);
    for (const token of ['x', accessToken, 'A'.repeat(64), `${'A'.repeat(63)}=`, '\0', 'x'.repeat(9_000)]) {
      says(await ibanera.refresh(token), no.refreshInvalid);
    }
  });

  test('takes the name of its field in any letter case', async () => {
    const { refreshToken } = await ibanera.signedIn();
    tokensOf(await ibanera.post(REFRESH, { RefreshToken: refreshToken }));
    tokensOf(await ibanera.post(REFRESH, { refreshtoken: refreshToken }));
    says(await ibanera.post(REFRESH, { refreshToken, RefreshToken: refreshToken }), no.malformed);
  });

  // SEC-050
  test('takes no handle that another contract’s token carries in the open', async () => {
    const partner = await ibanera.partner();
    const fabric = await send(`${ibanera.server.url}/api/v1/auth/login/basic`, {
      json: { identifier: partner.username, password: partner.password },
    });
    const [, payload = ''] = String(fabric.body.refresh).split('.');
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const seals = [Buffer.alloc(0), Buffer.alloc(16), Buffer.alloc(32)];
    for (const seal of seals) {
      const forged = Buffer.concat([Buffer.from(jti, 'base64url'), seal]).toString('base64url');
      says(await ibanera.refresh(forged), no.refreshInvalid);
    }
    says(await ibanera.refresh(fabric.body.refresh), no.refreshInvalid);
    const there = await send(`${ibanera.server.url}/api/v1/me`, { bearer: fabric.body.access });
    assert.equal(there.status, 200);
  });

  // SEC-053
  test('knows one spelling of a token', async () => {
    const { refreshToken } = await ibanera.signedIn();
    for (const other of [` ${refreshToken}`, `${refreshToken}=`, `${refreshToken}A`, refreshToken.slice(1)]) {
      says(await ibanera.refresh(other), no.refreshInvalid);
    }
    const bytes = Buffer.from(refreshToken, 'base64url');
    for (const index of [0, 31, 32, 47]) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      says(await ibanera.refresh(changed.toString('base64url')), no.refreshInvalid);
    }
    tokensOf(await ibanera.refresh(refreshToken));
  });
});

test('near the end of a session its tokens say how long they really live', async () => {
  const short = await start({ env: { LATCHKEY_IBANERA_SESSION_LIFETIME: '90m' } });
  const partner = await short.signedIn();
  assert.deepEqual([partner.expiresIn, partner.refreshTokenExpiresIn], [3_600, 5_400]);
  short.server.clock.advance(45 * 60 * SECOND);
  const next = tokensOf(await short.refresh(partner.refreshToken));
  assert.deepEqual([next.expiresIn, next.refreshTokenExpiresIn], [2_700, 2_700]);
  short.server.clock.advance(45 * 60 * SECOND);
  says(await short.refresh(next.refreshToken), no.refreshInvalid);
});
