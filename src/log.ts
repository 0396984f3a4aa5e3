import { type DestinationStream, type Logger, pino } from 'pino';

/** Names under which a secret could ever be logged by mistake. */
const SECRET_NAMES = [
  'password',
  'newPassword',
  'currentPassword',
  'new_password',
  'old_password',
  'current_password',
  'confirm_password',
  'code',
  'otp',
  'token',
  'access',
  'refresh',
  'access_token',
  'refresh_token',
  'secret',
  'authorization',
  'cookie',
];

/** Longer texts in a log line are somebody's attempt to fill the disk. */
const LONGEST_TEXT = 2_000;

const cut = (text: string): string => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);

function cutTexts(fields: Record<string, unknown>): Record<string, unknown> {
  const isShort = Object.values(fields).every(
    (value) => typeof value !== 'string' || value.length <= LONGEST_TEXT,
  );
  if (isShort) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}

/** What JSON leaves as it is and a terminal or a reader of lines may obey: more control characters, line separators. */
const OBEYED = /[\u007f-\u009f\u2028\u2029]/g;

const escapeObeyed = (line: string): string =>
  line.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** JSON lines on standard output; one event, one line, whatever it contains (SEC-088). */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: {
      paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
    formatters: { level: (label: string) => ({ level: label }), log: cutTexts },
    hooks: { streamWrite: escapeObeyed },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: {
      err: (error: unknown) => {
        if (!(error instanceof Error)) return { message: cut(String(error)) };
        const { name, message, stack = '' } = error;
        return { type: name, message: cut(message), stack: cut(stack) };
      },
      // Requests and replies are never logged whole: their URLs and headers hold what people typed.
      req: () => undefined,
      res: () => undefined,
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
