import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { ResourceOwnerPassword } from 'simple-oauth2';
import { no, PASSWORD, says, start, user } from './driver.ts';

const vibemobi = await start();
const { url } = vibemobi.server;

test('simple-oauth2 signs in, however it sends what it is called, and sees a refusal as an error', async () => {
  const { email, id } = await vibemobi.member();
  for (const authorizationMethod of ['header', 'body'] as const) {
    const client = new ResourceOwnerPassword({
      client: { id: 'some-client', secret: 'some secret' },
      auth: { tokenHost: url, tokenPath: '/v1/login/access-token' },
      options: { authorizationMethod },
    });
    const { token } = await client.getToken({ username: email, password: PASSWORD, scope: 'read' });
    const { access_token, token_type } = token;
    assert.equal(token_type, 'bearer');
    const bearer = String(access_token);
    says(await vibemobi.get('/users/me', bearer), [200, user({ email, id })]);
    await assert.rejects(client.getToken({ username: email, password: 'wrong' }), (error: unknown) => {
      const { output, data } = error as { output: { statusCode: number }; data: { payload: unknown } };
      assert.deepEqual([output.statusCode, data.payload], no.incorrect);
      return true;
    });
  }
});

const server: oauth.AuthorizationServer = { issuer: url, token_endpoint: `${url}/api/v1/login/access-token` };
const insecure = { [oauth.allowInsecureRequests]: true };
const client: oauth.Client = { client_id: 'some-client' };

const methods = {
  nothing: oauth.None(),
  'a Basic header': oauth.ClientSecretBasic('some secret'),
  'fields of the form': oauth.ClientSecretPost('some secret'),
};

for (const [name, method] of Object.entries(methods)) {
  test(`oauth4webapi signs in, proving its own identity with ${name}, and reads the user`, async () => {
    const { email, id } = await vibemobi.member();
    const ask = async (password: string) => {
      const form = { username: email, password };
      const response = await oauth.genericTokenEndpointRequest(
        server,
        client,
        method,
        'password',
        form,
        insecure,
      );
      return oauth.processGenericTokenEndpointResponse(server, client, response);
    };
    const { access_token, token_type } = await ask(PASSWORD);
    assert.equal(token_type, 'bearer');
    const me = new URL(`${url}/api/v1/users/me`);
    const response = await oauth.protectedResourceRequest(access_token, 'GET', me, undefined, null, insecure);
    assert.deepEqual(await response.json(), user({ email, id }));
    await assert.rejects(ask('wrong'), (error: unknown) => error instanceof oauth.OperationProcessingError);
    await assert.rejects(
      oauth.protectedResourceRequest(`${access_token}x`, 'GET', me, undefined, null, insecure),
      (error: unknown) => {
        assert.ok(error instanceof oauth.WWWAuthenticateChallengeError);
        assert.deepEqual([error.status, error.cause[0]?.scheme], [401, 'bearer']);
        return true;
      },
    );
  });
}
