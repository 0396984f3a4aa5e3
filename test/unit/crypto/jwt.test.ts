import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { importJwtKey, type JwtReading, readJwt, signJwt } from '../../../src/crypto/jwt.ts';
import { encode, forge, respelled } from './forge.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const NOW_S = NOW / 1000;
const secret = randomBytes(32);
const key = await importJwtKey(secret);
const header = { alg: 'HS256', typ: 'JWT' };
const claims = {
  iss: 'https://auth.example',
  aud: 'fabric',
  sub: 'account',
  sid: 'session',
  jti: 'id',
  iat: NOW_S,
  exp: NOW_S + 60,
};
const good = forge(header, claims, secret);

function read(token: string, now = NOW): Promise<JwtReading> {
  const required = ['sub', 'sid', 'jti'];
  return readJwt(token, key, { issuer: 'https://auth.example', audience: 'fabric', required, now });
}
const kindOf = async (token: string, now?: number) => (await read(token, now)).kind;

/** Every token of the list is read as anything but valid. */
function refuses(name: string, tokens: Readonly<Record<string, string>>): void {
  for (const [how, token] of Object.entries(tokens)) {
    test(`${name}: ${how}`, async () => assert.notEqual(await kindOf(token), 'valid'));
  }
}

test('a token of ours is read, whoever wrote it down', async () => {
  for (const token of [good, await signJwt(claims, key)]) {
    const reading = await read(token);
    assert.deepEqual(reading, { kind: 'valid', claims });
  }
});

test('the same claims make the same bytes', async () => {
  assert.equal(await signJwt(claims, key), await signJwt({ ...claims }, await importJwtKey(secret)));
  assert.notEqual(await signJwt(claims, key), await signJwt({ ...claims, jti: 'other' }, key));
});

test('a token of another key is foreign, so that its own key can be asked', async () => {
  assert.equal(await kindOf(forge(header, claims, randomBytes(32))), 'foreign');
  const elsewhere = { ...claims, aud: 'notes', exp: 1 };
  assert.equal(await kindOf(forge(header, elsewhere, randomBytes(32))), 'foreign');
});

// SEC-046
refuses('an algorithm of the token’s choice', {
  ...Object.fromEntries(
    [
      'none',
      'None',
      'nOnE',
      'NONE',
      '',
      'HS384',
      'HS512',
      'RS256',
      'ES256',
      'EdDSA',
      'hs256',
      'dir',
      'A256GCMKW',
    ].flatMap((alg) => [
      [`${alg || 'empty'}, signed as HS256`, forge({ ...header, alg }, claims, secret)],
      [`${alg || 'empty'}, unsigned`, `${encode({ ...header, alg })}.${encode(claims)}.`],
    ]),
  ),
  'HS512, signed so': forge({ ...header, alg: 'HS512' }, claims, secret, 'sha512'),
  'HS256, signed as HS512': forge(header, claims, secret, 'sha512'),
  missing: forge({ typ: 'JWT' }, claims, secret),
  'in a list': forge({ ...header, alg: ['HS256'] }, claims, secret),
  'in an object': forge({ ...header, alg: { name: 'HS256' } }, claims, secret),
  null: forge({ ...header, alg: null }, claims, secret),
  'a number': forge({ ...header, alg: 256 }, claims, secret),
  'twice, the last one none': forge('{"alg":"HS256","typ":"JWT","alg":"none"}', claims, secret),
});

// SEC-046
refuses('a shape that is not ours', {
  nothing: '',
  'one part': encode(header),
  'two parts': good.split('.').slice(0, 2).join('.'),
  'no signature': good.replace(/[^.]+$/, ''),
  'no header': good.replace(/^[^.]+/, ''),
  'no claims': good.replace(/\.[^.]+\./, '..'),
  'four parts': `${good}.`,
  'five parts, as encrypted tokens have': `${encode({ alg: 'dir', enc: 'A256GCM' })}..${good}.x`,
  'a JSON serialisation': JSON.stringify({
    payload: encode(claims),
    signatures: [{ protected: encode(header), signature: good.split('.')[2] }],
  }),
  'a cut signature': good.slice(0, -1),
  'a longer signature': `${good}A`,
  'a header that is no object': forge('[]', claims, secret),
  'a header that is no JSON': forge('{', claims, secret),
  'claims that are a list': forge(header, [claims], secret),
  'claims that are null': forge(header, 'null', secret),
  'claims that are a text': forge(header, '"sub"', secret),
  'claims that are no JSON': forge(header, '{"sub":', secret),
  'claims that are no UTF-8': `${encode(header)}.${Buffer.from([0x7b, 0xff]).toString('base64url')}.${good.split('.')[2]}`,
  'a header of 10 kB': forge({ ...header, pad: 'x'.repeat(10_000) }, claims, secret),
  'claims of 10 kB': forge(header, { ...claims, pad: 'x'.repeat(10_000) }, secret),
});

// SEC-046
refuses('an extension that must be understood', {
  'unencoded claims': forge({ ...header, b64: false, crit: ['b64'] }, claims, secret),
  'unencoded claims that are': (() => {
    const signed = `${encode({ ...header, b64: false, crit: ['b64'] })}.${JSON.stringify(claims)}`;
    return `${signed}.${good.split('.')[2]}`;
  })(),
  'one nobody knows': forge({ ...header, crit: ['exp'], exp: 1 }, claims, secret),
  'one that is not there': forge({ ...header, crit: ['http://evil.example'] }, claims, secret),
  'an empty list of them': forge({ ...header, crit: [] }, claims, secret),
  'no list': forge({ ...header, crit: 'b64' }, claims, secret),
});

refuses('another type', {
  none: forge({ alg: 'HS256' }, claims, secret),
  'an access token of RFC 9068': forge({ ...header, typ: 'at+jwt' }, claims, secret),
  'a list': forge({ ...header, typ: ['JWT'] }, claims, secret),
  'an encrypted one': forge({ ...header, typ: 'JWE' }, claims, secret),
});

describe('a key that anybody could know', () => {
  // SEC-047
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const texts: Record<string, string | Uint8Array> = {
    'a PEM': pem,
    'a PEM after a space': ` ${pem}`,
    'a PEM after a tab': `\t${pem}`,
    'a PEM after a line break': `\n${pem}`,
    'a PEM without its last line break': pem.trim(),
    'a DER': publicKey.export({ type: 'spki', format: 'der' }),
    'a JWK': JSON.stringify(publicKey.export({ format: 'jwk' })),
    nothing: '',
    'a byte of zero': Uint8Array.of(0),
    'the issuer': claims.iss,
    'the right key in hexadecimal': secret.toString('hex'),
    'the right key in base64': secret.toString('base64'),
  };
  refuses(
    'is not ours',
    Object.fromEntries(Object.entries(texts).map(([how, text]) => [how, forge(header, claims, text)])),
  );
});

describe('a key that the token brings along', () => {
  // SEC-048
  const own = randomBytes(32);
  const jwk = { kty: 'oct', k: own.toString('base64url'), alg: 'HS256' };
  refuses(
    'is not used',
    Object.fromEntries(
      Object.entries({
        'as jwk': { jwk },
        'as jku': { jku: 'http://127.0.0.1:9/keys.json' },
        'as x5u': { x5u: 'http://127.0.0.1:9/cert.pem' },
        'as x5c': { x5c: [own.toString('base64')] },
        'named by a path': { kid: '../../../../dev/null' },
        'named by SQL': { kid: `' union select '${own.toString('hex')}` },
        'named by a URL': { kid: 'http://127.0.0.1:9/' },
        'named by a list': { kid: ['0'] },
        'named at length': { kid: 'x'.repeat(10_000) },
      }).map(([how, extra]) => [how, forge({ ...header, ...extra }, claims, own)]),
    ),
  );
});

// SEC-049
describe('claims', () => {
  const without = (name: keyof typeof claims) => {
    const { [name]: _, ...rest } = claims;
    return forge(header, rest, secret);
  };
  const raw = (name: string, json: string) => {
    const rest = Object.entries({ ...claims, [name]: undefined }).flatMap(([key_, value]) =>
      value === undefined ? [] : [`${JSON.stringify(key_)}:${JSON.stringify(value)}`],
    );
    return forge(header, `{${[...rest, `"${name}":${json}`].join()}}`, secret);
  };

  for (const name of ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'] as const) {
    test(`must be there: ${name}`, async () => assert.equal(await kindOf(without(name)), 'invalid'));
  }

  for (const name of ['exp', 'iat']) {
    refuses(
      `${name} is a whole number`,
      Object.fromEntries(
        [
          'null',
          '"1800000000"',
          'true',
          '[]',
          '{}',
          '[1800000000]',
          '1e400',
          '-1e400',
          '-1',
          '1800000000.5',
          '1e16',
        ].map((json) => [json, raw(name, json)]),
      ),
    );
  }

  for (const name of ['iss', 'aud', 'sub', 'sid', 'jti']) {
    const right = (claims as Record<string, unknown>)[name];
    refuses(
      `${name} is one text`,
      Object.fromEntries(
        [[right], ['other', right], { 0: right }, 7, null, true].map((value) => [
          JSON.stringify(value),
          forge(header, { ...claims, [name]: value }, secret),
        ]),
      ),
    );
  }

  refuses('issuer and audience are ours to the letter', {
    'another issuer': forge(header, { ...claims, iss: 'https://evil.example' }, secret),
    'an issuer that begins like ours': forge(
      header,
      { ...claims, iss: `${claims.iss}.evil.example` },
      secret,
    ),
    'the beginning of our issuer': forge(header, { ...claims, iss: 'https://auth' }, secret),
    'our issuer in capitals': forge(header, { ...claims, iss: claims.iss.toUpperCase() }, secret),
    'our issuer with a slash': forge(header, { ...claims, iss: `${claims.iss}/` }, secret),
    'another audience': forge(header, { ...claims, aud: 'notes' }, secret),
    'an audience that begins like ours': forge(header, { ...claims, aud: 'fabrics' }, secret),
    'no issuer but an empty one': forge(header, { ...claims, iss: '' }, secret),
  });

  refuses('nothing is used before its time', {
    'not before a minute from now': forge(header, { ...claims, nbf: NOW_S + 60 }, secret),
    'not before a text': forge(header, { ...claims, nbf: '0' }, secret),
    'issued more than a minute from now': forge(
      header,
      { ...claims, iat: NOW_S + 61, exp: NOW_S + 90 },
      secret,
    ),
    'issued tomorrow': forge(header, { ...claims, iat: NOW_S + 86_400, exp: NOW_S + 90_000 }, secret),
  });

  test('written by a process whose clock is a little ahead are read', async () => {
    assert.equal(
      await kindOf(forge(header, { ...claims, iat: NOW_S + 60, exp: NOW_S + 90 }, secret)),
      'valid',
    );
  });

  test('are in force until the second they expire, without leeway', async () => {
    assert.equal(await kindOf(good, NOW + 59_999), 'valid');
    assert.equal(await kindOf(good, NOW + 60_000), 'expired');
    assert.equal(await kindOf(good, NOW + 3_600_000), 'expired');
    assert.equal(await kindOf(forge(header, { ...claims, exp: 0 }, secret)), 'expired');
  });

  test('are not told to be expired when they were never ours', async () => {
    assert.equal(await kindOf(forge(header, { ...claims, exp: 1, aud: 'notes' }, secret)), 'invalid');
    assert.equal(await kindOf(forge(header, { ...claims, exp: 1, iss: 'x' }, secret)), 'invalid');
  });
});

// SEC-053
describe('one token has one spelling', () => {
  test('the last character of a signature has three others with the same meaning', () => {
    const bytes = (token: string) => Buffer.from(token.slice(-43), 'base64url').toString('hex');
    for (const token of respelled(good)) {
      assert.notEqual(token, good);
      assert.equal(bytes(token), bytes(good));
    }
  });
  refuses('another one is refused', {
    ...Object.fromEntries(respelled(good).map((token, index) => [`unused bits ${index + 1}`, token])),
    'with padding': `${good}=`,
    'with a space before': ` ${good}`,
    'with a space after': `${good} `,
    'with a line break after': `${good}\n`,
    'with a line break inside': good.replace('.', '.\n'),
    'with a dot more': `.${good}`,
    'with the other alphabet': forgeWith(/[-_]/).replaceAll('-', '+').replaceAll('_', '/'),
    'with its claims in another order': forge(
      header,
      Object.fromEntries(Object.entries(claims).toReversed()),
      secret,
    ).replace(/[^.]+$/, good.split('.')[2] ?? ''),
    'with spaces in its claims': `${encode(header)}.${encode(JSON.stringify(claims, null, 1))}.${good.split('.')[2]}`,
    'with a percent escape': good.replace('.', '%2e'),
  });

  /** A valid token whose signature shows what the pattern looks for. */
  function forgeWith(pattern: RegExp): string {
    for (let index = 0; ; index += 1) {
      const token = forge(header, { ...claims, jti: String(index) }, secret);
      if (pattern.test(token.slice(-43))) return token;
    }
  }
});

test('no change of any one character goes unseen', async () => {
  for (let index = 0; index < good.length; index += 1) {
    const other = good[index] === 'A' ? 'B' : 'A';
    const changed = `${good.slice(0, index)}${other}${good.slice(index + 1)}`;
    assert.notEqual(await kindOf(changed), 'valid', `character ${index}`);
  }
});

test('no text whatsoever makes the reader throw', async () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json().map(encode),
    fc.constantFrom(...good.split('.')),
    fc.dictionary(fc.constantFrom('alg', 'typ', 'crit', 'b64', 'kid', 'zip'), fc.jsonValue()).map(encode),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      const token = parts.join('.');
      if (token !== good) assert.notEqual(await kindOf(token), 'valid');
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (oddHeader, oddClaims) => {
      const signed = [
        forge(oddHeader, claims, secret),
        forge(header, oddClaims, secret),
        forge(
          Object.assign({}, header, oddHeader),
          Object.assign({}, claims, typeof oddClaims === 'object' ? oddClaims : {}),
          secret,
        ),
      ];
      for (const token of signed) assert.match(await kindOf(token), /^(valid|expired|foreign|invalid)$/);
    }),
  );
});
