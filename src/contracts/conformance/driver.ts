import type { Account } from '../../core/account/index.ts';
import type { HttpMethod } from '../../http/index.ts';
import type { Client } from './client.ts';

/** Somebody of a test. A stranger has names, a password and a device, and no account that knows of them yet. */
export interface Person {
  readonly email: string;
  /** Where this person will want to move to. */
  readonly newEmail: string;
  readonly username: string;
  readonly password: string;
  /** What this person will want to have as a password. */
  readonly newPassword: string;
  /** Undefined while a stranger. */
  readonly account: Account | undefined;
  /** What the device shows now. */
  totp(): string;
}

/** What a request has beside method and path. Fields are apart from the rest, so that the suite can add some. */
export interface Call {
  readonly json?: Readonly<Record<string, unknown>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** What stands in the path for `:name`. */
  readonly params?: Readonly<Record<string, string>>;
}

/** One kind of thing that a client shows: a token, a code, a link, a key. */
export interface CredentialKind {
  /**
   * `session`: dies with its session. `challenge`: was sent to somebody, and dies with what it was sent for.
   * `standing`: neither.
   */
  readonly lives: 'session' | 'challenge' | 'standing';
  /**
   * `again`: as often as its bearer likes. `once`: of parallel uses one wins. `exchanged`: a repeat within the grace
   * gets the same answer, and a later one is theft.
   */
  readonly use: 'again' | 'once' | 'exchanged';
  /** Short enough to be guessed, so that guesses are counted. */
  readonly guessable?: boolean;
  /** Whom it is issued to; `member` unless it says something else. */
  readonly to?: 'member' | 'stranger' | 'superuser';
  /** The endpoint that tells whether it works. */
  readonly provedAt: string;
  /** Comes by one as a client does. */
  issue(client: Client, person: Person): Promise<string>;
}

/** What an endpoint is shown. */
export interface Shown {
  readonly credential: string;
  readonly person: Person;
}

/** An endpoint that takes credentials. */
export interface GuardedEndpoint {
  readonly open?: never;
  /** The kinds it takes, by their names; `password` is one that every contract knows. */
  readonly takes: readonly string[];
  /** What a client sends; right in everything, if the credential is. */
  call(shown: Shown): Call;
  /** Where a status does not tell. */
  succeeded?(answer: WireAnswer): boolean;
  /** Fields that it reads beside those of `call`, with any values. */
  readonly reads?: Call;
  /** Why it may set what others may not. Such an endpoint is left out of mass assignment. */
  readonly grantsRights?: string;
}

/** An endpoint that takes none: a credential beside a request makes no difference to its answer. */
export interface OpenEndpoint {
  readonly takes?: never;
  /** Why. */
  readonly open: string;
  readonly params?: Readonly<Record<string, string>>;
  /** For a stranger, where it makes an account. */
  call?(person: Person): Call;
  /** Fields that it reads beside those of `call`, with any values. */
  readonly reads?: Call;
}

export type Endpoint = GuardedEndpoint | OpenEndpoint;

/** What of an account's credentials goes on after an event. */
export interface Survivors {
  /** The session that asked for it. */
  readonly own: boolean;
  /** Every other session of the account, at every contract. */
  readonly others: boolean;
  /** Codes and links under way. */
  readonly challenges: boolean;
}

/** Something that a client can make happen to an account. */
export interface ContractEvent {
  readonly survivors: Survivors;
  /** Kinds that making it happen uses up, whatever becomes of them. */
  readonly spends?: readonly string[];
  /** @param session an access token of this contract */
  happen(client: Client, person: Person, session: string): Promise<void>;
}

/** How one contract is spoken: all that the suite needs to know of it. */
export interface ContractDriver {
  readonly contract: string;
  /** By name; the names of access tokens are those that `bearer` shows. */
  readonly kinds: Readonly<Record<string, CredentialKind>>;
  /** The kind that a sign-in gives and every authorised request carries. */
  readonly accessKind: string;
  /** By method and path as they are mounted: `POST /auth/login`. Forward-auth is listed by the suite. */
  readonly endpoints: Readonly<Record<`${HttpMethod} /${string}`, Endpoint>>;
  readonly events: Readonly<Record<string, ContractEvent>>;
  /** The endpoint that takes a password. */
  readonly signIn: string;
  /** How an authorised request shows a token. */
  bearer(shown: Shown): Call;
}

/** What came back. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}
