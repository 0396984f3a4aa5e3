import assert from 'node:assert/strict';
import { endpointsOf, guardedEndpointsOf, isGuarded, PASSWORD } from './endpoints.ts';
import type { Suite } from './suite.ts';

/** In development messages land in the log on purpose; no production server has this event. */
const MAILBOX = '"event":"message_in_mailbox"';

/** Things of ours that no answer is about. */
const INSIDES = /\$argon2|node_modules|\bat (?:async )?[\w.]+ \(|SQLITE|secretDigest|passwordHash/;

/** A text on its own, not as a part of a longer one: six digits are in many a number. */
const holds = (text: string, secret: string): boolean =>
  new RegExp(`(?<![0-9A-Za-z])${secret.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![0-9A-Za-z])`).test(text);

/** SEC-068, SEC-087. */
export function secrets({ driver, guarantee }: Suite): void {
  guarantee('no answer repeats a secret or tells of our insides, and no log line has one', async (client) => {
    const shown: string[] = [];
    const credentials = [...Object.entries(driver.kinds), [PASSWORD, undefined] as const];
    for (const [kindName, kind] of credentials) {
      const person = await client.person(kind?.to);
      const credential = kind === undefined ? person.password : await kind.issue(client, person);
      shown.push(credential, person.password, person.newPassword);
      // The endpoints that take it come last: it may be gone after them.
      const endpoints = guardedEndpointsOf(driver).toSorted(
        ([, one], [, other]) => Number(one.takes.includes(kindName)) - Number(other.takes.includes(kindName)),
      );
      for (const [name, endpoint] of endpoints) {
        const { status, text, headers } = await client.send(name, endpoint.call({ credential, person }));
        const about = `${kindName} at ${name}`;
        assert.ok(status < 500, `${about}: ${status}`);
        assert.doesNotMatch(text, INSIDES, about);
        for (const secret of [person.password, person.newPassword]) assert.ok(!holds(text, secret), about);
        // A page asks its reader to send on what its link says, and a refresh may say what it was asked with.
        const repeats =
          holds(text, credential) && headers.get('content-type')?.startsWith('text/html') === false;
        assert.ok(!repeats || endpoint.takes.includes(kindName), `${about} repeats it`);
        client.server.clock.advance(30_000);
      }
    }
    for (const [name, endpoint] of endpointsOf(driver)) {
      if (isGuarded(endpoint)) continue;
      const { status, text } = await client.send(name, {
        ...(endpoint.params && { params: endpoint.params }),
      });
      assert.ok(status < 500, name);
      assert.doesNotMatch(text, INSIDES, name);
    }
    const lines = client.server
      .logged()
      .split('\n')
      .filter((line) => !line.includes(MAILBOX));
    assert.ok(lines.length > shown.length, 'there is a log to look at');
    const told = new Set(
      shown.filter((secret) => lines.some((line) => line.includes(secret) && holds(line, secret))),
    );
    assert.deepEqual([...told], []);
  });
}
