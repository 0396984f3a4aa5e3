import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A real HTTP server on a port of its own that answers as told, or not at all. */
export class HttpSink {
  readonly received: ReceivedRequest[] = [];
  answer: HttpAnswer | 'stall' = { status: 200 };
  readonly #server: Server;
  #onStall = Promise.withResolvers<void>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request);
      const { method = '', url: path = '', headers } = request;
      this.received.push({ method, path, headers, body });
      if (this.answer === 'stall') {
        this.#onStall.resolve();
        return;
      }
      response.writeHead(this.answer.status, this.answer.headers).end(this.answer.body);
    });
  }

  static async start(): Promise<HttpSink> {
    const sink = new HttpSink();
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the sink does not listen');
    return `127.0.0.1:${address.port}`;
  }

  /** Resolves when a client waits for an answer that it will not get. */
  async untilStalled(): Promise<void> {
    await this.#onStall.promise;
    this.#onStall = Promise.withResolvers<void>();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
