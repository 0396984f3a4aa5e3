import type { Server } from 'node:http';
import type { Config } from './config/index.ts';
import type { Figures } from './metrics.ts';

/** On its own port, so that no path of a contract can ever be taken for it. */
export async function serveMetrics(
  { metricsHost, metricsPort }: Config,
  figures: Figures | undefined,
): Promise<Server | undefined> {
  if (figures === undefined) return undefined;
  // Naming what it exports loads fetch, too: 50 ms and 4 MB that a server without metrics has no use for.
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    figures.inWords().then(
      (text) => response.writeHead(200, { 'content-type': figures.contentType }).end(text),
      () => response.writeHead(503).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(metricsPort, metricsHost, resolve);
  });
  return server.unref();
}
