/** One server with all contracts behind a proxy, so that its clients come from addresses that a test chooses. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.ts';
import type { WireAnswer } from '../../support/wire.ts';
import { done as fabricDone, says as fabricSays } from '../fabric/driver.ts';
import { Ibanera } from '../ibanera/driver.ts';
import { Notes, shows } from '../notes/driver.ts';
import { VibeMobi } from '../vibemobi/driver.ts';

export const PASSWORD = 'MySecretPassword123';
export const ATTACKER_PASSWORD = 'the attacker chose this';
export const NEW_PASSWORD = 'a password chosen afterwards';

/** Three clients, each of a network of its own. */
export const OWNER = '192.0.2.10';
export const ATTACKER = '203.0.113.9';
export const THIRD = '2001:db8:77::1';

export const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

/** How one contract lets people sign up with an e-mail address. */
export interface SignUpWay {
  /** Asserts the answer of a sign-up that is accepted, or looks so. */
  signUp(email: string, password: string, address: string): Promise<void>;
  /** Uses the newest message to the address, which this contract sent. */
  confirm(email: string): Promise<void>;
}

export interface World {
  readonly server: TestServer;
  readonly fabric: VibeMobi['fabric'];
  readonly notes: Notes;
  readonly vibemobi: VibeMobi;
  readonly ibanera: Ibanera;
  readonly ways: Readonly<Record<'fabric' | 'notes', SignUpWay>>;
  /** Which contracts a password opens. */
  opens(email: string, password: string): Promise<string[]>;
  /** The token of the undo link in the newest message to an address. */
  undoToken(email: string): Promise<string>;
  /** Every undo link that an address was sent, the newest first. */
  undoTokens(email: string): Promise<string[]>;
  openUndo(token: string): Promise<WireAnswer>;
  undo(token: string, password?: string, again?: string): Promise<WireAnswer>;
}

const UNDO_PATH = '/undo-address-change';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export async function start(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const server = await startTestServer({
    env: { LATCHKEY_HASH_QUEUE_BUDGET: '60s', LATCHKEY_TRUST_PROXY: '127.0.0.1', ...env },
  });
  after(() => server.stop());
  const vibemobi = new VibeMobi(server);
  // One maker of addresses, so that none is made twice.
  const { fabric } = vibemobi;
  const notes = new Notes(server);
  const world: World = {
    server,
    fabric,
    notes,
    vibemobi,
    ibanera: new Ibanera(server),
    ways: {
      fabric: {
        async signUp(identifier, password, address) {
          const answer = await fabric.post('signup/', { identifier, password }, from(address));
          fabricSays(answer, fabricDone('otp sent via email.'));
        },
        async confirm(identifier) {
          const code = await fabric.code(identifier);
          const answer = await fabric.post('signup/confirm/', { identifier, code });
          fabricSays(answer, fabricDone('Sign up success'));
        },
      },
      notes: {
        async signUp(email, password, address) {
          const { username } = notes.person();
          const answer = await notes.signup({ username, email }, password, from(address));
          assert.equal(answer.status, 200, answer.text);
        },
        async confirm(email) {
          shows(await notes.verify(await notes.linkToken(email)), 'Verified');
        },
      },
    },
    async opens(email, password) {
      const answers = {
        fabric: await fabric.logIn(email, password),
        notes: await notes.login(email, password),
        vibemobi: await vibemobi.logIn(email, password),
      };
      return Object.entries(answers).flatMap(([contract, { status }]) => (status === 200 ? [contract] : []));
    },
    async undoTokens(email) {
      const messages = await server.messages(email);
      return messages.flatMap(({ link }) =>
        link?.includes(UNDO_PATH) ? [new URL(link).searchParams.get('token') ?? ''] : [],
      );
    },
    async undoToken(email) {
      const [token] = await world.undoTokens(email);
      assert.ok(token, `there is an undo link for ${email}`);
      return token;
    },
    openUndo: (token) => fabric.send(`${UNDO_PATH}?token=${encodeURIComponent(token)}`),
    undo(token, password = NEW_PASSWORD, again = password) {
      const fields = { token, new_password: password, confirm_password: again };
      const body = new URLSearchParams(fields).toString();
      return fabric.send(UNDO_PATH, { method: 'POST', body, headers: FORM });
    },
  };
  return world;
}
