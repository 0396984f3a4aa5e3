/** Through a real mail server: whatever a person asks for twice, the mail that arrives last is the one that works. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SmtpSink } from '../delivery/smtp-sink.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { Fabric } from './fabric/driver.ts';
import { Notes, PASSWORD } from './notes/driver.ts';
import { VibeMobi } from './vibemobi/driver.ts';

/** A way to ask for a code or link, asked for twice in a row, and to use it. */
interface Asking {
  /** What must be there before. */
  readonly prepare?: (email: string) => Promise<unknown>;
  readonly first: (email: string) => Promise<{ status: number }>;
  readonly second?: (email: string) => Promise<{ status: number }>;
  /** @returns whether the secret did what it is for */
  readonly use: (email: string, secret: string) => Promise<boolean>;
}

let server: TestServer;
let sink: SmtpSink;
let fabric: Fabric;
let notes: Notes;
let vibemobi: VibeMobi;

before(async () => {
  sink = await SmtpSink.start();
  server = await startTestServer({
    env: {
      LATCHKEY_CONTRACTS: 'fabric,vibemobi,notes',
      LATCHKEY_SMTP_URL: sink.url(),
      LATCHKEY_HASH_QUEUE_BUDGET: '60s',
    },
    overrides: { delivery: { wakeDelay: { minMs: 0, maxMs: 0 } } },
  });
  [fabric, notes, vibemobi] = [new Fabric(server), new Notes(server), new VibeMobi(server)];
});

after(async () => {
  await server.stop();
  await sink.close();
});

const account = (email: string) => fabric.account({ email, password: PASSWORD });
const name = (email: string) => email.split('@', 1)[0] ?? '';
const confirm =
  (path: string, more = {}) =>
  async (identifier: string, code: string) =>
    (await fabric.post(path, { identifier, code, ...more })).status === 200;
const ask =
  (path: string, more = {}) =>
  (identifier: string) =>
    fabric.post(path, { identifier, ...more });
const newPassword = {
  new_password: 'another fine passphrase',
  confirm_password: 'another fine passphrase',
};
const askings: Record<string, Asking> = {
  'Fabric: a sign-up and a resend': {
    first: (email) => fabric.signUp(email, PASSWORD),
    second: ask('signup/otp/resend/'),
    use: confirm('signup/confirm/'),
  },
  'Fabric: a sign-up by link and a resend': {
    first: (email) => fabric.signUp(email, PASSWORD, { verification_type: 'link' }),
    second: ask('signup/otp/resend/', { verification_type: 'link' }),
    use: confirm('signup/confirm/'),
  },
  'Fabric: codes to sign in': {
    prepare: account,
    first: ask('login/passwordless/'),
    use: confirm('login/passwordless/confirm/'),
  },
  'Fabric: codes for a new password': {
    prepare: account,
    first: ask('password/reset/'),
    use: confirm('password/reset/confirm/', newPassword),
  },
  'VibeMobi: links for a new password': {
    prepare: account,
    first: (email) => vibemobi.recover(email),
    use: async (_email, token) => {
      const body = { token, new_password: 'another fine passphrase' };
      return (await vibemobi.post('/reset-password/', body)).status === 200;
    },
  },
  'Notes: a sign-up, made twice': {
    first: (email) => notes.signup({ username: name(email), email }),
    use: async (email, token) => {
      await notes.verify(token);
      return (await notes.login(name(email))).status === 200;
    },
  },
};

/** The texts of the mails that reached an address, in the order of their arrival. */
const mailsTo = (email: string): string[] =>
  sink.received.filter(({ rcptTo }) => rcptTo.includes(email)).map(({ parsed }) => parsed.text ?? '');

function secretIn(text: string): string {
  const [, token] = /[?&](?:token|code)=([^&\s]+)/.exec(text) ?? [];
  return token ?? /^\d{6}$/m.exec(text)?.[0] ?? '';
}

async function askTwice({ prepare, first, second = first }: Asking, email: string): Promise<void> {
  await prepare?.(email);
  for (const ask of [first, second]) assert.equal((await ask(email)).status, 200);
}

let people = 0;
const somebody = (): string => {
  people += 1;
  return `person-${people}@example.com`;
};

for (const [name, asking] of Object.entries(askings)) {
  describe(name, () => {
    // SEC-023
    test('asked for twice at once, the last mail works, fifteen times out of fifteen', async () => {
      const emails = Array.from({ length: 15 }, somebody);
      // Of each person the first mail takes its time. The server is asked twice a mail: at its recipient and at its text.
      const asked = new Map<string, number>();
      sink.behaviourFor = (to) => {
        const before = asked.get(to) ?? 0;
        asked.set(to, before + 1);
        return before < 2 ? 'accept_late' : 'accept';
      };
      await Promise.all(emails.map((email) => askTwice(asking, email)));
      await server.delivered();
      sink.behaviourFor = () => 'accept';
      const works = await Promise.all(
        emails.map((email) => asking.use(email, secretIn(mailsTo(email).at(-1) ?? ''))),
      );
      assert.deepEqual(
        works,
        emails.map(() => true),
      );
    });

    // SEC-023
    test('asked for again after a deferred delivery, one mail arrives, and works', async () => {
      const email = somebody();
      await asking.prepare?.(email);
      sink.behaviourFor = () => 'refuse_for_now';
      assert.equal((await asking.first(email)).status, 200);
      await server.delivered();
      sink.behaviourFor = () => 'accept';
      assert.equal((await (asking.second ?? asking.first)(email)).status, 200);
      await server.delivered();
      server.clock.advance(2_000);
      await server.delivered();
      const mails = mailsTo(email);
      assert.equal(mails.length, 1);
      assert.equal(await asking.use(email, secretIn(mails[0] ?? '')), true);
    });
  });
}
