import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What becomes of the next commit. */
export type CommitFate =
  /** It passes, and so does its answer. */
  | 'passes'
  /** The connection is cut before the server hears of it. */
  | 'is lost'
  /** The server does it, and the connection is cut before the client hears of it. */
  | 'is done in silence'
  /** As before, and nobody gets through any more. */
  | 'is done and the server gone';

/** What becomes of what the server says to a session that has said LISTEN. */
export type ListeningFate =
  | 'passes'
  /** Nothing arrives any more, and nobody is told. */
  | 'is silent'
  /** Answers arrive, notifications do not, as behind a pooler that lends sessions out. */
  | 'is deaf';

/** Stands between a client and a PostgreSQL server, and loses what it is told to lose. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  commit: CommitFate;
  /** The port that the next connection leads to. */
  target: number;
  listening: ListeningFate;
  /** Cuts the sessions that have said LISTEN. */
  cutListening(): void;
}

/** The first byte of a NotificationResponse. A session that is idle gets it alone. */
const NOTIFICATION = 'A'.charCodeAt(0);
const COMMIT = Buffer.from('commit\0');

export async function startProxy(target: number): Promise<Proxy> {
  const open = new Set<Socket>();
  const listening = new Set<Socket>();
  let isAway = false;
  const server = createServer((client) => {
    if (isAway) {
      client.destroy();
      return;
    }
    const upstream = connect(proxy.target, '127.0.0.1');
    let silenced = false;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        listening.delete(from);
        to.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (chunk.includes('listen ')) listening.add(client);
      const fate = chunk.includes(COMMIT) ? proxy.commit : 'passes';
      if (fate === 'is lost') {
        proxy.commit = 'passes';
        client.destroy();
        return;
      }
      if (fate !== 'passes') {
        proxy.commit = 'passes';
        silenced = true;
        isAway = fate === 'is done and the server gone';
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      const fateOfListening = listening.has(client) ? proxy.listening : 'passes';
      if (fateOfListening === 'is silent') return;
      if (fateOfListening === 'is deaf' && chunk[0] === NOTIFICATION) return;
      if (silenced) client.destroy();
      else client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const proxy: Proxy = {
    port: address.port,
    commit: 'passes',
    target,
    listening: 'passes',
    cutListening() {
      for (const socket of listening) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
