import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Client } from './client.ts';
import type { Call, ContractDriver, Endpoint, WireAnswer } from './driver.ts';
import { endpointsOf, isGuarded } from './endpoints.ts';
import type { Suite } from './suite.ts';

const ABOVE = '\u0315';
const BELOW = '\u0316';
/** Marks in the order that normalization has to turn around: its time grows with the square of their number. */
const marks = (count: number): string => `a${ABOVE.repeat(count)}${BELOW.repeat(count)}`;

/** Bytes of a header are read as Latin-1. */
const HEADER = Buffer.from(marks(1_500)).toString('latin1');
/** As long as the part of a request can be: a body has 16 KiB, a parameter of a path 1 KiB, encoded. */
const longest = {
  json: marks(3_900),
  form: marks(1_250),
  query: marks(600),
  params: marks(80),
  headers: HEADER,
};
const PARTS = ['json', 'form', 'query', 'params', 'headers'] as const;
/** No identifier is longer, and no password in the form in which it is sent. */
const LONGEST_NORMALIZED = 4_096;
/** An identifier is read in several forms, and a password is compared with several names. */
const MOST_NORMALIZED = 8 * LONGEST_NORMALIZED;

type Part = (typeof PARTS)[number];

function fieldsOf(call: Call): [Part, string][] {
  return PARTS.flatMap((part) =>
    Object.keys(call[part] ?? {})
      .filter((name) => part !== 'headers' || name !== 'authorization')
      .map((name): [Part, string] => [part, name]),
  );
}

const withText = (call: Call, part: Part, name: string, text: string): Call => ({
  ...call,
  [part]: { ...call[part], [name]: text },
});

/** A request with every field that the endpoint reads, and the credential that it asks for. */
async function fullCall(client: Client, driver: ContractDriver, endpoint: Endpoint): Promise<Call> {
  const reads = endpoint.reads ?? {};
  let call: Call;
  if (isGuarded(endpoint)) {
    const [kindName = ''] = endpoint.takes;
    const kind = driver.kinds[kindName];
    const person = await client.person(kind?.to);
    call = endpoint.call({ person, credential: (await kind?.issue(client, person)) ?? person.password });
  } else {
    const { params } = endpoint;
    call = { ...endpoint.call?.(client.stranger()), ...(params && { params }) };
  }
  const parts = PARTS.filter((part) => call[part] !== undefined || reads[part] !== undefined);
  return Object.fromEntries(parts.map((part) => [part, { ...reads[part], ...call[part] }]));
}

/** Lengths of the texts that were normalized while something was done. */
async function normalized(work: () => Promise<unknown>): Promise<number[]> {
  const { mock: calls } = mock.method(String.prototype, 'normalize');
  try {
    await work();
    return calls.calls.map(({ this: text }) => String(text).length);
  } finally {
    calls.restore();
  }
}

const ADDRESS_LIMIT = 4;
const limitsOf = (kinds: readonly string[], scope: string, rate: string) =>
  Object.fromEntries(kinds.map((kind) => [`LATCHKEY_${kind}_${scope}`, rate]));
/** An address may send few requests of each kind, and as many as it likes for one identifier. */
const FEW_FROM_AN_ADDRESS = {
  LATCHKEY_RATE_LIMITS: 'on',
  LATCHKEY_TRUST_PROXY: '127.0.0.0/8,::1/128',
  ...limitsOf(
    ['SIGN_IN', 'MESSAGE', 'CONFIRM', 'PROFILE', 'PRIVATE', 'REFRESH'],
    'ADDRESS_LIMIT',
    `${ADDRESS_LIMIT}/1h`,
  ),
  ...limitsOf(['SIGN_IN', 'MESSAGE', 'CONFIRM', 'PROFILE'], 'LIMIT', '1000/1m'),
};

/** Reads fields: of a body, or before it knows who asks. */
function validates(endpoint: Endpoint, call: Call): boolean {
  const parts = new Set(fieldsOf(call).map(([part]) => part));
  const isAnonymous = call.headers === undefined;
  return parts.has('json') || parts.has('form') || (isAnonymous && !isGuarded(endpoint) && parts.size > 0);
}

/** SEC-043, SEC-072: what a request costs does not grow with the text that it sends. */
export function boundedWork({ driver, guarantee, guaranteeUnder }: Suite): void {
  guarantee('a long text in any field of any route is refused before it is normalized', async (client) => {
    let tried = 0;
    for (const [name, endpoint] of endpointsOf(driver)) {
      const call = await fullCall(client, driver, endpoint);
      for (const [part, field] of fieldsOf(call)) {
        const about = `${name}: ${part} ${field}`;
        let answer: WireAnswer | undefined;
        const lengths = await normalized(async () => {
          answer = await client.send(name, withText(call, part, field, longest[part]));
        });
        assert.ok(answer !== undefined && answer.status < 500, `${about}: ${answer?.status}`);
        assert.ok(Math.max(0, ...lengths) <= LONGEST_NORMALIZED, `${about}: ${lengths.join()}`);
        const total = lengths.reduce((sum, length) => sum + length, 0);
        assert.ok(total <= MOST_NORMALIZED, `${about}: ${total}`);
        tried += 1;
      }
    }
    assert.ok(tried > 0, 'the contract has fields');
  });

  guaranteeUnder(FEW_FROM_AN_ADDRESS)(
    'a request is counted for its address before its fields are validated',
    async ({ server }) => {
      const uncounted: string[] = [];
      for (const [index, [name, endpoint]] of [...endpointsOf(driver)].entries()) {
        const client = new Client(server, `10.0.0.${index + 1}`);
        const call = await fullCall(client, driver, endpoint);
        if (!validates(endpoint, call)) continue;
        // None is too long for a body: a server reads it before it knows what it says.
        const broken = fieldsOf(call).reduce(
          (sent, [part, field]) => withText(sent, part, field, part === 'headers' ? 'x' : ABOVE),
          call,
        );
        const statuses: number[] = [];
        for (let sent = 0; sent <= ADDRESS_LIMIT; sent += 1)
          statuses.push((await client.send(name, broken)).status);
        if (statuses.at(-1) !== 429) uncounted.push(`${name}: ${statuses.join()}`);
      }
      assert.deepEqual(uncounted, []);
    },
  );
}
