import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContractContext, ContractErrors } from '../../../src/contracts/index.ts';
import { AuthError } from '../../../src/core/errors.ts';
import { authErrorResponse, httpErrorResponse } from '../../../src/http/index.ts';

const says = (status: number, body: string) => ({ status, body });

/** Of a contract that calls `signOut`, which raises nothing of its own. */
const errors: ContractErrors<'signOut'> = {
  categories: {
    invalid: says(400, 'invalid'),
    unauthenticated: says(401, 'unauthenticated'),
    forbidden: says(403, 'forbidden'),
    not_found: says(404, 'not found'),
    conflict: says(409, 'conflict'),
    rate_limited: ({ facts }) => says(429, `again in ${facts.retryAfterMs} ms`),
    unavailable: says(503, 'unavailable'),
    expired: says(410, 'expired'),
  },
  codes: {
    identifier_invalid: says(422, 'no identifier'),
    token_missing: 'by category',
    token_invalid: 'by category',
    throttled: 'by category',
    storage_unavailable: 'by category',
  },
  http: {
    not_found: says(404, 'no such path'),
    method_not_allowed: ({ method }) => says(405, `no ${method} here`),
    malformed: says(400, 'malformed'),
    too_large: says(413, 'too large'),
    unsupported_media_type: ({ contentType }) => says(415, `no ${contentType} here`),
    internal_error: says(500, 'internal error'),
  },
};

test('an error is answered by its route, else by its code, else by its category', () => {
  const error = new AuthError('identifier_invalid');
  const ofRoute = { identifier_invalid: says(406, 'at this route') };
  assert.deepEqual(authErrorResponse(errors, error, ofRoute), says(406, 'at this route'));
  assert.deepEqual(authErrorResponse(errors, error), says(422, 'no identifier'));
  assert.deepEqual(authErrorResponse(errors, new AuthError('token_missing')), says(401, 'unauthenticated'));
});

test('a code that the contract has no row for is answered by its category', () => {
  assert.deepEqual(authErrorResponse(errors, new AuthError('identifier_taken')), says(409, 'conflict'));
  assert.deepEqual(authErrorResponse(errors, new AuthError('code_expired')), says(410, 'expired'));
});

test('a response may be made from the error or from the request', () => {
  const throttled = new AuthError('throttled', { retryAfterMs: 7 });
  assert.deepEqual(authErrorResponse(errors, throttled), says(429, 'again in 7 ms'));
  const context = { method: 'PUT', contentType: 'text/css' };
  assert.deepEqual(httpErrorResponse(errors, 'method_not_allowed', context), says(405, 'no PUT here'));
  assert.deepEqual(httpErrorResponse(errors, 'malformed', context), says(400, 'malformed'));
});

test('the compiler refuses a contract that forgets an error of its flows, answers one of others or calls others', () => {
  const codes = {
    ...errors.codes,
    token_expired: 'by category',
    refresh_refused: says(400, 'no'),
  } as const;
  // @ts-expect-error `refresh` raises refresh_refused and token_expired.
  const forgotten: ContractErrors<'refresh'>['codes'] = errors.codes;
  const complete: ContractErrors<'refresh'>['codes'] = codes;
  const foreign: ContractErrors<'signOut'>['codes'] = {
    ...errors.codes,
    // @ts-expect-error `signOut` raises no password_weak.
    password_weak: 'by category',
  };
  // @ts-expect-error Every category has a response.
  const categories: ContractErrors<'signOut'>['categories'] = { invalid: says(400, 'invalid') };
  const notListed = ({ createAuth }: ContractContext<'signOut'>, policy: Parameters<typeof createAuth>[0]) =>
    // @ts-expect-error `refresh` is not listed.
    createAuth(policy).refresh;
  assert.ok(forgotten && complete && foreign && categories && notListed);
});
