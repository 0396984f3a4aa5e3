import type { Config } from '../../config/index.ts';
import { CliError } from '../cli-error.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

/** What to do about a socket that cannot be opened; any other error as it is. */
export function explainListenError(
  error: unknown,
  { metricsPort, metricsHost }: Pick<Config, 'metricsPort' | 'metricsHost'>,
): unknown {
  if (!isListenError(error)) return error;
  const { code, address, hostname, port } = error;
  const { [code]: explanation } = explanations;
  if (explanation === undefined) return error;
  // The two ports are never the same. A name that is not found has no port yet.
  const isOfMetrics = port === undefined ? hostname === metricsHost : port === metricsPort;
  const message = explanation.inWords({
    host: address ?? hostname ?? 'LATCHKEY_HOST',
    port: String(port ?? ''),
    hostSetting: isOfMetrics ? 'LATCHKEY_METRICS_HOST' : 'LATCHKEY_HOST',
    portSetting: isOfMetrics ? 'LATCHKEY_METRICS_PORT' : 'LATCHKEY_PORT',
  });
  return new CliError(code, explanation.exitCode, message);
}

interface Place {
  readonly host: string;
  readonly port: string;
  readonly hostSetting: string;
  readonly portSetting: string;
}

interface Explanation {
  readonly exitCode: ExitCode;
  readonly inWords: (place: Place) => string;
}

const explanations: Readonly<Record<string, Explanation>> = {
  EADDRINUSE: {
    exitCode: exitCodes.unavailable,
    inWords: ({ host, port, portSetting }) =>
      `port ${port} of ${host} is in use: stop what listens there, or choose another with ${portSetting}=<port>`,
  },
  EACCES: {
    exitCode: exitCodes.usage,
    inWords: ({ port, portSetting }) =>
      `port ${port} is not open to this user: choose one above 1023 with ${portSetting}=<port>`,
  },
  EADDRNOTAVAIL: {
    exitCode: exitCodes.usage,
    inWords: ({ host, hostSetting }) =>
      `this machine does not have the address ${host}: correct ${hostSetting}; 0.0.0.0 stands for all addresses`,
  },
  ENOTFOUND: {
    exitCode: exitCodes.usage,
    inWords: ({ host, hostSetting }) => `the name ${host} leads nowhere: correct ${hostSetting}`,
  },
};

interface ListenError extends Error {
  readonly code: string;
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
}

function isListenError(error: unknown): error is ListenError {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return false;
  // A worker asks its primary for the port, and that error calls it `bind`.
  return ['listen', 'bind', 'getaddrinfo'].includes(String(error.syscall));
}
