import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InvalidValue } from './kind.ts';
import { parseUrl, url } from './url.ts';

export interface PostgresDatabase {
  readonly engine: 'postgres';
  readonly host: string;
  readonly port: number;
  /** Of the database. */
  readonly name: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly tls: PostgresTls;
}

export type PostgresTls =
  | { readonly mode: 'disable' }
  | { readonly mode: 'require' }
  | { readonly mode: 'verify-full'; readonly ca: string | undefined };

const SCHEMES = ['postgres', 'postgresql'];
const STANDARD_PORT = 5432;
const MODES = 'sslmode=disable, require or verify-full';

/** @throws {InvalidValue} */
export function parsePostgresUrl(given: string): PostgresDatabase {
  // Says where a password needs escapes.
  url(...SCHEMES).parse(given);
  const parsed = parseUrl(given, SCHEMES);
  const name = decode(parsed.pathname.slice(1));
  if (name === '' || name.includes('/')) {
    throw new InvalidValue('it names no database', 'end it with /<database>, such as /latchkey');
  }
  if (parsed.username === '')
    throw new InvalidValue('it names no user', 'write postgres://user:password@host');
  return {
    engine: 'postgres',
    // Brackets belong to the URL, not to the IPv6 address.
    host: decode(parsed.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? STANDARD_PORT : Number(parsed.port),
    name,
    user: decode(parsed.username),
    password: parsed.password === '' ? undefined : decode(parsed.password),
    tls: tlsOf(parsed.searchParams),
  };
}

function tlsOf(options: URLSearchParams): PostgresTls {
  for (const option of options.keys()) {
    if (option === 'sslmode' || option === 'sslrootcert') continue;
    throw new InvalidValue(
      'it has an option that is not known',
      `only ${MODES} and sslrootcert may follow the ?`,
    );
  }
  const mode = options.get('sslmode') ?? 'disable';
  const file = options.get('sslrootcert');
  if (file !== null && mode !== 'verify-full') {
    throw new InvalidValue('its sslrootcert would not be looked at', 'add sslmode=verify-full');
  }
  switch (mode) {
    case 'disable':
    case 'require':
      return { mode };
    case 'verify-full':
      return { mode, ca: file === null ? undefined : readAuthority(file) };
    default:
      throw new InvalidValue('its sslmode is not known', `write ${MODES}`);
  }
}

/** A certificate that cannot be read should stop the start, not the first connection at night. */
function readAuthority(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new InvalidValue(`the file of its sslrootcert cannot be read${code}`);
  }
  try {
    // Reads the first of them: enough to tell a certificate from a key or a web page.
    new X509Certificate(text);
  } catch {
    throw new InvalidValue('the file of its sslrootcert holds no certificate', 'name a PEM file');
  }
  return text;
}

function decode(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    throw new InvalidValue('a % in it begins no escape', 'write % as %25');
  }
}
