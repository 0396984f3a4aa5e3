import { asWritten, InvalidValue, type Kind } from './kind.ts';
import { mask } from './secret.ts';
import { inWords } from './text.ts';

/** A URL that may carry credentials, and therefore shows nothing but where it leads. */
export function url(...schemes: readonly string[]): Kind<string> {
  return {
    expects: `a URL that begins with ${prefixes(schemes)}, where # / ? @ % in a password are %23 %2F %3F %40 %25`,
    parse(given) {
      const parsed = parseUrl(given, schemes);
      // Unescaped, they end a password early, and its front part then passes for the host.
      if (parsed.hash !== '' || (parsed.username === '' && parsed.pathname.includes('@'))) {
        throw new InvalidValue('its password seems to end early', 'write # as %23 and / as %2F');
      }
      if (!decodes(parsed.username) || !decodes(parsed.password)) {
        throw new InvalidValue('a % in its credentials begins no escape', 'write % as %25');
      }
      return given;
    },
    show: maskUrl,
  };
}

function decodes(escaped: string): boolean {
  try {
    decodeURIComponent(escaped);
    return true;
  } catch {
    return false;
  }
}

/** Where people find something: http or https, perhaps with a path, ready to have `/…` appended. */
export function baseUrl(): Kind<string> {
  return {
    expects: 'an http or https URL without query and fragment, such as https://auth.example.com',
    parse(given) {
      const parsed = parseUrl(given, ['https', 'http']);
      if (parsed.username !== '' || parsed.password !== '') {
        throw new InvalidValue(
          'it carries a user name or a password, and it is shown to everyone',
          'take them out',
        );
      }
      if (given.includes('?') || given.includes('#')) {
        throw new InvalidValue('it has a query or a fragment, so that no path can be appended');
      }
      return parsed.href.replace(/\/+$/, '');
    },
    show: maskIfCredentials,
  };
}

const SCHEME = /^[a-z][a-z\d+.-]*(?=:\/\/)/i;

/**
 * What a browser or an app sends as `Origin`, character for character, because that is how it is compared. Schemes are not
 * limited to the web's: Capacitor, Tauri and browser extensions have their own.
 */
export function origin(): Kind<string> {
  return {
    expects:
      'an exact origin, such as https://app.example.com, http://localhost:5173 or capacitor://localhost',
    parse(given) {
      if (given.includes('*')) {
        throw new InvalidValue('origins are matched exactly, wildcards are not known', 'list each origin');
      }
      const [scheme] = SCHEME.exec(given) ?? [];
      if (scheme === undefined) {
        throw new InvalidValue(
          'it does not begin with a scheme',
          'write it in full, such as https://app.example.com',
        );
      }
      const parsed = parseUrl(given, [scheme.toLowerCase()]);
      // Of a scheme that is not the web's a URL has no origin that is not opaque.
      const sent = parsed.origin === 'null' ? `${parsed.protocol}//${parsed.host}` : parsed.origin;
      if (sent !== given) throw new InvalidValue('a browser never sends it in this form', `write ${sent}`);
      return given;
    },
    show: maskIfCredentials,
  };
}

export function parseUrl(given: string, schemes: readonly string[]): URL {
  // The URL parser drops tabs and line breaks and mends missing slashes; an operator should hear of them.
  if (/[\s\p{Cc}]/u.test(given)) throw new InvalidValue('it contains a space or a control character');
  const scheme = schemes.find((known) => given.toLowerCase().startsWith(`${known}://`));
  if (scheme === undefined) {
    throw new InvalidValue(`it does not begin with ${prefixes(schemes)}`);
  }
  const parsed = URL.parse(given);
  if (parsed === null) throw new InvalidValue('it is not a valid URL');
  if (parsed.hostname === '') throw new InvalidValue('it names no host');
  return parsed;
}

function prefixes(schemes: readonly string[]): string {
  return inWords(
    schemes.map((scheme) => `${scheme}://`),
    'or',
  );
}

/**
 * Scheme and host only. User names, passwords, paths and queries of gateways all hold keys in practice, and a
 * text that does not parse may hold one anywhere.
 */
export function maskUrl(given: string): string {
  const parsed = URL.parse(given);
  if (parsed === null || parsed.host === '') return mask(given);
  const userinfo = parsed.username === '' && parsed.password === '' ? '' : '••••@';
  const rest = parsed.pathname.length > 1 || parsed.search !== '' || parsed.hash !== '' ? '/••••' : '';
  return `${parsed.protocol}//${userinfo}${parsed.host}${rest}`;
}

function maskIfCredentials(given: string): string {
  return given.includes('@') ? maskUrl(given) : asWritten(given);
}
