import type { ChallengeSecrets } from './challenge/index.ts';
import type { PasswordHasher, TotpSecrets } from './credential/index.ts';
import type { Outbox } from './message/index.ts';
import type { Clock, Log, Pause, Random } from './ports.ts';
import type { Storage } from './storage.ts';
import type { Lockout, NamedQuota, Quota, Turns } from './throttle/index.ts';

/** What an SMS, which costs money, is held to. */
export interface SmsPolicy {
  /** For the whole installation; undefined when limits by time are off. */
  readonly total: Quota | undefined;
  /** For one client network; undefined when limits by time are off. */
  readonly perNetwork: Quota | undefined;
  /** ISO 3166 countries (`DE`) and calling codes (`+49`) whose numbers get SMS; undefined for all. */
  readonly countries: readonly string[] | undefined;
}

/** Numbers that operators may set and every contract shares. */
export interface CorePolicy {
  /** Wrong guesses that kill a code. */
  readonly codeTries: number;
  /** Wrong codes and messages for one identifier, over all purposes and contracts; empty when limits by time are off. */
  readonly wrongCodes: readonly NamedQuota[];
  readonly messages: readonly NamedQuota[];
  readonly sms: SmsPolicy;
  /** `LATCHKEY_ENUMERATION=hardened`: nothing tells who has an account, but what a contract always discloses. */
  readonly tellsNobody: boolean;
  readonly pendingMs: number;
  /** How long the link in the notice to a former address undoes the change. */
  readonly undoMs: number;
  /** How long audit events are kept; undefined for ever. */
  readonly auditMs: number | undefined;
  /** For so long a repeated exchange of a refresh token gets the same successor. */
  readonly refreshGraceMs: number;
  /** Whether accounts with TOTP are refused at contracts that cannot ask for the code. */
  readonly requireTotp: boolean;
}

/** What flows work with. One object for the whole process; holds no state of a request. */
export interface Core {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly pause: Pause;
  readonly log: Log;
  readonly passwords: PasswordHasher;
  readonly totp: TotpSecrets;
  readonly challengeSecrets: ChallengeSecrets;
  readonly outbox: Outbox;
  readonly lockout: Lockout;
  /** In which a session's guesses are decided one after the other. */
  readonly turns: Turns;
  readonly policy: CorePolicy;
  /** Keyed name of an identifier, for counters that must not be a list of who was asked for. */
  readonly nameOf: (identifierKey: string) => string;
  /** The address of the page that undoes a change of address. */
  readonly undoUrl: (token: string) => string;
  /** Derives the handle of the refresh token that replaces one; the same on every process (decision 0002). */
  readonly deriveSuccessor: (handle: Buffer) => Buffer;
}
