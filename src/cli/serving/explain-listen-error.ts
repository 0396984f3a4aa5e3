import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';

/** What to do about a socket that cannot be opened; any other error as it is. */
export function explainListenError(error: unknown): unknown {
  if (!isListenError(error)) return error;
  const { code, address, hostname, port } = error;
  const message = explanations[code]?.({
    host: address ?? hostname ?? 'LATCHKEY_HOST',
    port: String(port ?? ''),
  });
  return message === undefined ? error : new CliError(code, exitCodes.unexpected, message);
}

interface Place {
  readonly host: string;
  readonly port: string;
}

const explanations: Readonly<Record<string, (place: Place) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `port ${port} of ${host} is in use: stop what listens there, or choose another with LATCHKEY_PORT=<port>`,
  EACCES: ({ port }) =>
    `port ${port} is not open to this user: choose one above 1023 with LATCHKEY_PORT=<port>`,
  EADDRNOTAVAIL: ({ host }) =>
    `this machine does not have the address ${host}: correct LATCHKEY_HOST; 0.0.0.0 stands for all addresses`,
  ENOTFOUND: ({ host }) => `the name ${host} leads nowhere: correct LATCHKEY_HOST`,
};

interface ListenError extends Error {
  readonly code: string;
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
}

function isListenError(error: unknown): error is ListenError {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return false;
  return error.syscall === 'listen' || error.syscall === 'getaddrinfo';
}
