import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PostgresLocation, PostgresTls } from '../../storage/location.ts';
import { printable } from '../printable.ts';
import { InvalidValue } from './kind.ts';
import { inWords } from './text.ts';
import { parseUrl, url } from './url.ts';

const SCHEMES = ['postgres', 'postgresql'];
const STANDARD_PORT = 5432;
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const LONGEST_CONNECT_TIMEOUT_S = 60;

/** @throws {InvalidValue} */
export function parsePostgresUrl(given: string): PostgresLocation {
  if (namesSeveralHosts(given)) {
    throw new InvalidValue('it names several hosts', 'write one that always leads to the primary');
  }
  // Says where a password needs escapes.
  url(...SCHEMES).parse(given);
  const parsed = parseUrl(given, SCHEMES);
  const name = decode(parsed.pathname.slice(1));
  if (name === '' || name.includes('/')) {
    throw new InvalidValue('it names no database', 'end it with /<database>, such as /latchkey');
  }
  if (parsed.username === '')
    throw new InvalidValue('it names no user', 'write postgres://user:password@host');
  const options = optionsOf(parsed.searchParams);
  const tls = tlsOf(options);
  return {
    engine: 'postgres',
    // Brackets belong to the URL, not to the IPv6 address.
    host: decode(parsed.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? STANDARD_PORT : Number(parsed.port),
    name,
    user: decode(parsed.username),
    password: parsed.password === '' ? undefined : decode(parsed.password),
    tls,
    ...channelBindingOf(options, tls),
    ...applicationNameOf(options),
  };
}

/** `connect_timeout` of a URL in seconds; undefined where it has none, or is none. */
export function connectTimeoutOf(given: string): number | undefined {
  const text = /^postgres(ql)?:/i.test(given) ? URL.parse(given)?.searchParams.get('connect_timeout') : null;
  const seconds = /^\d{1,2}$/.test(text ?? '') ? Number(text) : 0;
  return seconds >= 1 && seconds <= LONGEST_CONNECT_TIMEOUT_S ? seconds : undefined;
}

function namesSeveralHosts(given: string): boolean {
  const [, authority = ''] = /^\w+:\/\/([^/?#]*)/.exec(given) ?? [];
  return authority.slice(authority.lastIndexOf('@') + 1).includes(',');
}

/** What an option may say, as a pattern of its whole value, and what to do about any other value. */
interface Option {
  /** Absent for an option that is not supported. */
  readonly takes?: RegExp;
  readonly fix: string;
}

const LEAVE_OUT = 'leave it out';
const BEFORE_QUERY = 'write it before the ?, as in postgres://user:password@host:port/database';
const BY_ROLE = 'leave it out, and set what it sets for the role: alter role … set …';
const NO_CERTIFICATE = 'leave it out, and let the role sign in with a password';

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS and what other clients added. */
const known: Readonly<Record<string, Option>> = {
  sslmode: { takes: new RegExp(`^(${MODES.join('|')})$`), fix: `write sslmode=${inWords(MODES, 'or')}` },
  sslrootcert: { takes: /./, fix: 'name a PEM file, or system' },
  channel_binding: { takes: /^(disable|prefer|require)$/, fix: 'write disable, prefer or require' },
  application_name: { takes: /^[\x20-\x7e]{1,40}$/, fix: 'write at most 40 characters of ASCII' },
  connect_timeout: {
    takes: /^([1-9]|[1-5]\d|60)$/,
    fix: `write whole seconds from 1 to ${LONGEST_CONNECT_TIMEOUT_S}`,
  },
  target_session_attrs: {
    takes: /^(any|read-write|primary)$/,
    fix: 'leave it out, and name a server that takes writes',
  },
  // What these say holds in any case.
  client_encoding: { takes: /^(auto|utf-?8)$/i, fix: 'leave it out: texts travel in UTF-8' },
  gssencmode: { takes: /^(disable|prefer)$/, fix: LEAVE_OUT },
  keepalives: { takes: /^1$/, fix: 'leave it out: connections are kept alive' },
  load_balance_hosts: { takes: /^disable$/, fix: LEAVE_OUT },
  sslcompression: { takes: /^0$/, fix: LEAVE_OUT },
  sslnegotiation: { takes: /^postgres$/, fix: LEAVE_OUT },
  sslsni: { takes: /^1$/, fix: LEAVE_OUT },
  ssl: { fix: 'write sslmode=require, or verify-full to make sure of the server, too' },
  sslcert: { fix: NO_CERTIFICATE },
  sslkey: { fix: NO_CERTIFICATE },
  options: { fix: BY_ROLE },
  schema: { fix: BY_ROLE },
  host: { fix: BEFORE_QUERY },
  hostaddr: { fix: BEFORE_QUERY },
  port: { fix: BEFORE_QUERY },
  dbname: { fix: BEFORE_QUERY },
  user: { fix: BEFORE_QUERY },
  password: { fix: BEFORE_QUERY },
  passfile: { fix: BEFORE_QUERY },
  service: { fix: BEFORE_QUERY },
  connection_limit: { fix: 'leave it out, and set LATCHKEY_DATABASE_POOL' },
  pgbouncer: { fix: 'leave it out: Latchkey finds out by itself' },
};

type Options = ReadonlyMap<string, string>;

/** @throws {InvalidValue} that names every option which cannot be used: they stand behind the last password there can be */
function optionsOf(query: URLSearchParams): Options {
  const options = new Map<string, string>();
  const wrong: { readonly name: string; readonly problem: string; readonly fix: string }[] = [];
  for (const [name, value] of query) {
    const { takes, fix } = Object.hasOwn(known, name) ? (known[name] as Option) : { fix: LEAVE_OUT };
    const shown = printable(name, 40);
    if (takes === undefined) wrong.push({ name: shown, problem: `${shown} is not supported`, fix });
    else if (!takes.test(value))
      wrong.push({ name: shown, problem: `${shown} has a value that is not supported`, fix });
    else if (options.has(name))
      wrong.push({ name: shown, problem: `${shown} is given twice`, fix: 'keep one of them' });
    options.set(name, value);
  }
  const [first, ...others] = wrong;
  if (first === undefined) return options;
  throw new InvalidValue(
    `its option ${wrong.map(({ problem }) => problem).join(', its option ')}`,
    others.length === 0 ? first.fix : wrong.map(({ name, fix }) => `${name}: ${fix}`).join('; '),
  );
}

/** As libpq reads them, but that none is `disable` and not `prefer`. */
function tlsOf(options: Options): PostgresTls {
  const file = options.get('sslrootcert');
  const mode = (options.get('sslmode') ?? 'disable') as PostgresTls['mode'];
  if (file === 'system') {
    if (mode === 'verify-full') return { mode, ca: undefined };
    throw new InvalidValue('sslrootcert=system needs sslmode=verify-full', 'add sslmode=verify-full');
  }
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      if (file === undefined) return { mode };
      throw new InvalidValue('its sslrootcert would not be looked at', 'add sslmode=verify-full');
    case 'require':
      // As in libpq: an authority that was named is asked for.
      return file === undefined ? { mode } : { mode: 'verify-ca', ca: readAuthority(file) };
    case 'verify-ca':
      if (file !== undefined) return { mode, ca: readAuthority(file) };
      throw new InvalidValue(
        'sslmode=verify-ca needs an authority of its own: a public one signs for everyone',
        'add sslrootcert=<file>, or write sslmode=verify-full',
      );
    case 'verify-full':
      return { mode, ca: file === undefined ? undefined : readAuthority(file) };
  }
}

function channelBindingOf(options: Options, { mode }: PostgresTls): Pick<PostgresLocation, 'channelBinding'> {
  if (options.get('channel_binding') !== 'require') return {};
  if (mode !== 'disable' && mode !== 'allow' && mode !== 'prefer') return { channelBinding: 'require' };
  throw new InvalidValue('channel_binding=require needs TLS', 'add sslmode=require or verify-full');
}

function applicationNameOf(options: Options): Pick<PostgresLocation, 'applicationName'> {
  const applicationName = options.get('application_name');
  return applicationName === undefined ? {} : { applicationName };
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
