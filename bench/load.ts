import { connect, type Socket } from 'node:net';

/** One request as it goes over the wire. */
export function rawRequest(
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
): Buffer {
  const all = {
    host: 'bench',
    ...headers,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

const LENGTH = Buffer.from('\r\ncontent-length: ');
const HEAD_END = Buffer.from('\r\n\r\n');

/** Length of the answer at the start of `bytes`, or undefined while its head is incomplete. */
function answerLength(bytes: Buffer): { head: number; total: number } | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.subarray(0, headEnd + 2);
  let at = head.indexOf(LENGTH);
  if (at < 0) at = head.indexOf('\r\nContent-Length: ');
  const length = Number.parseInt(head.toString('latin1', at + LENGTH.length, at + LENGTH.length + 12), 10);
  return { head: headEnd + 4, total: headEnd + 4 + length };
}

/** Who asks what. */
export interface Traffic {
  readonly connections: number;
  /** The next request of a connection; gets the body of its last answer, or undefined at first. */
  readonly next: (connection: number, lastBody: string | undefined) => Buffer;
  /** Answers are only parsed as text where the next request needs them. */
  readonly readsBodies?: boolean;
}

export interface LoadOptions extends Traffic {
  readonly port: number;
  readonly durationMs: number;
  /** Where the server has every core, and a client that never sleeps would take one of them. */
  readonly sleeps?: boolean;
}

/**
 * Never sleeps while `work` goes on: waking a sleeping client costs the *server* a cross-core interrupt for each answer,
 * tens of microseconds in a virtual machine, and more of them the slower the server is. For a peer without a client, too:
 * a core runs faster while the one beside it sleeps.
 */
export async function awake<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const spin = () => {
    if (!isOver) setImmediate(spin);
  };
  spin();
  try {
    return await work;
  } finally {
    isOver = true;
  }
}

/** Answers per second. A client this plain leaves the measuring to the server. @throws when an answer is no 200 */
export async function load(options: LoadOptions): Promise<number> {
  const { port, connections, durationMs, next, readsBodies = false, sleeps = false } = options;
  let answered = 0;
  let lastAt = 0;
  let running = true;
  const startedAt = performance.now();

  async function run(connection: number): Promise<void> {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => {
      let pending: Buffer = Buffer.alloc(0);
      socket.on('connect', () => socket.write(next(connection, undefined)));
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
        const length = answerLength(pending);
        if (length === undefined || pending.length < length.total) return;
        if (pending.toString('latin1', 9, 12) !== '200') {
          reject(new Error(`answered: ${pending.toString('utf8', 0, 400)}`));
          socket.destroy();
          return;
        }
        if (running) {
          answered += 1;
          lastAt = performance.now();
        }
        const body = readsBodies ? pending.toString('utf8', length.head, length.total) : '';
        pending = Buffer.alloc(0);
        if (running) socket.write(next(connection, body));
        else socket.end();
      });
    });
  }

  const runs = Array.from({ length: connections }, (_, connection) => run(connection));
  const elapsed = new Promise<number>((resolve) => {
    setTimeout(() => {
      running = false;
      // Up to the last answer: the time after it went into answers that nobody counts.
      resolve(answered / ((lastAt - startedAt) / 1000));
    }, durationMs);
  });
  const answers = Promise.race([elapsed, Promise.all(runs).then(() => elapsed)]);
  const rate = await (sleeps ? answers : awake(answers));
  await Promise.all(runs);
  return rate;
}
