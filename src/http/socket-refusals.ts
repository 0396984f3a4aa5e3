import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What Node says no to before a request belongs to anybody: in plain words, under the headers of every answer. */

interface SocketRefusal {
  readonly status: string;
  readonly detail: string;
}

const BAD_REQUEST: SocketRefusal = { status: '400 Bad Request', detail: 'Bad request.' };
const byCode: Readonly<Record<string, SocketRefusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    detail: 'Request headers are too large.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: '413 Payload Too Large', detail: 'Request body is too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', detail: 'Request took too long.' },
};

const headersOf = (body: string) => ({
  'content-type': 'application/json; charset=utf-8',
  'content-length': Buffer.byteLength(body),
  connection: 'close',
});
const bodyOf = (detail: string): string => JSON.stringify({ detail });

/** For `clientError`: bytes that are no HTTP, or come too slowly (SEC-079, SEC-080). Ends the connection. */
export function refuseOnSocket(headers: Readonly<Record<string, string>>) {
  return ({ code = '' }: NodeJS.ErrnoException, socket: Socket): void => {
    // Node's own handler asks the same: half an answer must not go on with another.
    const { _httpMessage: underWay } = socket as { _httpMessage?: { headersSent: boolean } };
    if (!socket.writable || code === 'ECONNRESET' || underWay?.headersSent === true) {
      socket.destroy();
      return;
    }
    const { status, detail } = byCode[code] ?? BAD_REQUEST;
    const body = bodyOf(detail);
    const all = { ...headers, ...headersOf(body) };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
  };
}

/** For `checkExpectation`: an `Expect` that is not `100-continue` (RFC 9110 §10.1.1). */
export function refuseExpectation(headers: Readonly<Record<string, string>>) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    const body = bodyOf('Expectation failed.');
    response.writeHead(417, { ...headers, ...headersOf(body) }).end(body);
  };
}
