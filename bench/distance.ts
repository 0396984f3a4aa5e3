import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Forwards everything, `ms` later: a database that is so far away, or that asks others before it answers. */
export async function putAtDistance(port: number, ms: number): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  function delay(from: Socket, to: Socket): void {
    from.on('data', (chunk) => setTimeout(() => to.write(chunk), ms));
    from.on('close', () => setTimeout(() => to.destroy(), ms));
    from.on('error', () => {});
    sockets.add(from);
  }
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    delay(near, far);
    far.pipe(near);
    far.on('error', () => near.destroy());
    sockets.add(far);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
