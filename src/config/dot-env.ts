import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError, type Mistake } from './config-error.ts';

/** What a `.env` file assigns, and every line of it that would be ignored or cut without a word. */
export interface DotEnv {
  readonly variables: Readonly<Record<string, string>>;
  readonly mistakes: readonly Mistake[];
}

/** Names that are, or look like, a setting of Latchkey: also in lower case, or with another separator. */
export const LIKE_OURS = /^latchkey[_.-]/i;

const BLANK = /[^\S\n]*(?:#[^\n]*)?(?:\n|$)/y;
const ASSIGNED = /[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)[^\S\n]*=/y;
/** Up to the next quote of the same kind, line breaks included, as Node reads it. */
const QUOTED = /[^\S\n]*(["'`])[\s\S]*?\1/y;
const LINE = /[^\n]*(?:\n|$)/y;

/** A file that does not exist assigns nothing. @throws {ConfigError} for one that cannot be read */
export function readDotEnv(path: string): DotEnv {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return { variables: {}, mistakes: [] };
    const fix =
      code === 'EISDIR' ? 'remove the directory or put a file there' : `check the rights of ${path}`;
    throw new ConfigError([{ name: '.env', problem: `${path} cannot be read (${code})`, fix }]);
  }
  const text = decode(bytes);
  return text === undefined ? { variables: {}, mistakes: [NOT_UTF8] } : parseDotEnv(text);
}

const NOT_UTF8: Mistake = {
  name: '.env',
  problem: 'it is not UTF-8 text, so that no line of it can be read',
  fix: 'save it as UTF-8 (in PowerShell: Set-Content -Encoding utf8)',
};

/** Without a byte order mark. Undefined for UTF-16, too: it is invalid UTF-8 or, without a mark, full of U+0000. */
function decode(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function parseDotEnv(text: string): DotEnv {
  const variables: Record<string, string> = {};
  const mistakes: Mistake[] = [];
  for (let at = 0, line = 1; at < text.length; ) {
    const { end, assigns, mistake } = readStatement(text, at);
    if (mistake !== undefined) mistakes.push({ name: `.env, line ${line}`, ...mistake });
    // One value at a time: in a whole file Node takes the line after an empty value for that value.
    if (assigns !== undefined) {
      const { value = '' } = parseEnv(`value=${assigns.value}`);
      variables[assigns.name] = value;
    }
    line += text.slice(at, end).split('\n').length - 1;
    at = end;
  }
  return { variables, mistakes };
}

interface Statement {
  /** Where the next one begins. */
  readonly end: number;
  readonly assigns?: { readonly name: string; readonly value: string };
  /** Never repeats the text of the line, which may be a secret. */
  readonly mistake?: Pick<Mistake, 'problem' | 'fix'>;
}

/** An assignment with all lines of its value, or one other line. */
function readStatement(text: string, start: number): Statement {
  const blank = match(BLANK, text, start);
  if (blank !== undefined) return { end: start + blank[0].length };
  const assigned = match(ASSIGNED, text, start);
  const endOfLine = (from: number) => from + (match(LINE, text, from)?.[0].length ?? 0);
  if (assigned === undefined) return notAssigned(text.slice(start, endOfLine(start)), endOfLine(start));
  const [before, name = ''] = assigned;
  const from = start + before.length;
  const quoted = match(QUOTED, text, from);
  if (quoted !== undefined) {
    const closed = from + quoted[0].length;
    const after = match(BLANK, text, closed);
    const value = quoted[0].trimStart();
    if (after !== undefined && !swallowsSetting(name, value)) {
      return { end: closed + after[0].length, assigns: { name, value } };
    }
  }
  const end = endOfLine(from);
  const value = text.slice(from, end);
  if (quoted !== undefined || /^\s*["'`]/.test(value)) return badQuotes(name, end);
  // The variables of other programs are theirs to read, perhaps by other rules.
  if (LIKE_OURS.test(name) && /^[^#]*#/.test(value) && !/^[^#]*\s#/.test(value)) return cut(name, end);
  return { end, assigns: { name, value } };
}

/** Whether the lines of a value hold a setting: its quote was closed too late, or never. */
function swallowsSetting(name: string, value: string): boolean {
  if (!value.includes('\n')) return false;
  return LIKE_OURS.test(name) || /\n\s*(export\s+)?latchkey_/i.test(value);
}

function notAssigned(line: string, end: number): Statement {
  const [, name] = /^\s*(?:export\s+)?(latchkey_\w*)/i.exec(line) ?? [];
  return {
    end,
    mistake: {
      problem: 'it is neither NAME=value nor a comment, so that it would be ignored',
      fix: name === undefined ? 'write NAME=value, or # before it' : `write ${name.toUpperCase()}=<value>`,
    },
  };
}

function badQuotes(name: string, end: number): Statement {
  return {
    end,
    mistake: {
      problem: `the quote around the value of ${name} is not closed at the end of the line`,
      fix: 'put the whole value between two quotes of one kind, and nothing but a comment after them',
    },
  };
}

function cut(name: string, end: number): Statement {
  return {
    end,
    mistake: {
      problem: `the value of ${name} would end before the #, which begins a comment`,
      fix: 'put the value in single quotes, or a space before the # of a comment',
    },
  };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
