/**
 * Which tests of core and contracts run on both engines. All run on SQLite; on PostgreSQL once more run those whose
 * result the engine can change. `architecture.test.ts` holds that each file is in one of the two lists.
 */

/** What an engine can do otherwise. */
type Difference =
  /** Parallel transactions see, wait for and refuse each other in ways of their own. */
  | 'races'
  /** Counters, and what becomes of them when a transaction is undone. */
  | 'counting'
  /** What is unique, how text is compared and ordered, which text is stored at all. */
  | 'text'
  /** What is written in one transaction, or not at all. */
  | 'transactions'
  /** Which statements a flow runs, and how many. */
  | 'statements'
  /** What is there after a restart or on another process. */
  | 'restart'
  /** What goes with an account, a session or a time that is over. */
  | 'deletion';

/** What a file is about whose result no engine can change. */
type Sameness =
  /** Refused, answered or read before the first statement. */
  | 'validation'
  /** Methods, paths, media types and what the socket refuses. */
  | 'wire'
  /** What a page shows; the flow behind its button is tested on both. */
  | 'pages'
  /** That a document says what the code does. */
  | 'documentation'
  /** Columns of one account, read and written alone: the storage suite does both on both. */
  | 'profile'
  /** Tokens are read and signed in memory. */
  | 'tokens'
  /** It reads the bytes of a database file. */
  | 'file'
  /** It opens a SQLite database whatever it is told, as a contract outside of this repository does. */
  | 'own database'
  /** It asks for no database. */
  | 'no database';

export const onBothEngines: Readonly<Record<string, Difference>> = {
  'core/acting': 'races',
  'core/audit-trail': 'transactions',
  'core/decoys': 'statements',
  'core/factors': 'transactions',
  'core/identity': 'deletion',
  'core/password-hashes': 'races',
  'core/purge': 'deletion',
  'core/refusals': 'text',
  'core/revocation-races': 'races',
  'core/search-accounts': 'text',
  'core/sign-up-link': 'races',
  'core/sms-budget': 'counting',
  'core/totp': 'races',
  'core/wrong-codes': 'counting',
  'contracts/budgets': 'counting',
  'contracts/newest-mail': 'races',
  'contracts/conformance/fabric': 'races',
  'contracts/conformance/ibanera': 'races',
  'contracts/conformance/notes': 'races',
  'contracts/conformance/vibemobi': 'races',
  'contracts/fabric/codes': 'counting',
  'contracts/fabric/email-change': 'text',
  'contracts/fabric/hardened': 'statements',
  'contracts/fabric/limits': 'counting',
  'contracts/fabric/lockout': 'counting',
  'contracts/fabric/login': 'text',
  'contracts/fabric/password-change': 'transactions',
  'contracts/fabric/passwordless': 'transactions',
  'contracts/fabric/races': 'races',
  'contracts/fabric/recovery': 'transactions',
  'contracts/fabric/refresh': 'races',
  'contracts/fabric/restart': 'restart',
  'contracts/fabric/security': 'text',
  'contracts/fabric/sign-up': 'text',
  'contracts/fabric/sms': 'counting',
  'contracts/ibanera/authorised': 'counting',
  'contracts/ibanera/lockout': 'counting',
  'contracts/ibanera/login': 'text',
  'contracts/ibanera/refresh': 'races',
  'contracts/ibanera/single-use': 'races',
  'contracts/identity/address-changes': 'races',
  'contracts/identity/competing-sign-ups': 'transactions',
  'contracts/identity/unproved-addresses': 'races',
  'contracts/notes/doors': 'transactions',
  'contracts/notes/hardened': 'statements',
  'contracts/notes/limits': 'counting',
  'contracts/notes/login': 'counting',
  'contracts/notes/refresh': 'deletion',
  'contracts/notes/restart': 'restart',
  'contracts/notes/signup': 'races',
  'contracts/notes/verify': 'races',
  'contracts/vibemobi/actors': 'transactions',
  'contracts/vibemobi/limits': 'counting',
  'contracts/vibemobi/me': 'deletion',
  'contracts/vibemobi/private-door': 'races',
  'contracts/vibemobi/recovery': 'races',
  'contracts/vibemobi/security': 'text',
  'contracts/vibemobi/sign-up': 'races',
  'contracts/vibemobi/users': 'text',
};

export const onSqliteAlone: Readonly<Record<string, Sameness>> = {
  'core/declared-errors': 'no database',
  'core/least-privilege': 'no database',
  'core/mailbox-exposure': 'pages',
  'core/secrets-at-rest': 'file',
  'core/verified-tokens': 'tokens',
  'contracts/conformance/coverage': 'no database',
  'contracts/conformance/example': 'own database',
  'contracts/fabric/documentation': 'documentation',
  'contracts/fabric/framework-errors': 'wire',
  'contracts/fabric/health': 'wire',
  'contracts/fabric/links-and-pages': 'pages',
  'contracts/fabric/me': 'profile',
  'contracts/fabric/numbers': 'validation',
  'contracts/fabric/tokens': 'tokens',
  'contracts/ibanera/framework-errors': 'wire',
  'contracts/link-forms': 'pages',
  'contracts/notes/current': 'profile',
  'contracts/notes/wire': 'wire',
  'contracts/vibemobi/ambiguous-requests': 'wire',
  'contracts/vibemobi/bulk-script': 'documentation',
  'contracts/vibemobi/framework-errors': 'wire',
  'contracts/vibemobi/login': 'validation',
  'contracts/vibemobi/real-clients': 'wire',
  'contracts/vibemobi/tokens': 'tokens',
  'contracts/vibemobi/validation': 'validation',
};

/** A test file by its path below `test/`, without the ending. */
export const nameOfTestFile = (file: string): string => file.replace(/^.*\btest\/(.*)\.test\.ts$/, '$1');

export const isOnBothEngines = (file: string): boolean => Object.hasOwn(onBothEngines, nameOfTestFile(file));
