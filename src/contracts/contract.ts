import type { Settings, Values } from '../config/index.ts';
import type { ContactIdentifier } from '../core/account/index.ts';
import type { ContractAdmin } from '../core/admin.ts';
import type { ContractAuth } from '../core/auth.ts';
import type { ChallengeForm } from '../core/challenge/index.ts';
import type { ContractPolicy } from '../core/contract-policy.ts';
import type { ChannelKind } from '../core/message/index.ts';
import type { Clock } from '../core/ports.ts';
import type { TokenFactory } from '../core/session/index.ts';
import type { Throttle } from '../core/throttle/index.ts';
import type { Health, Mount } from '../http/index.ts';
import type { TrustedSystems } from './trusted-systems.ts';

/** What only a contract with routes for operators is lent. */
export interface OperatorAccess {
  /** Flows on other accounts. Audit events carry this contract's name. */
  readonly admin: ContractAdmin;
  /** How trusted systems prove who they are. */
  readonly trustedSystems: TrustedSystems;
}

/**
 * What the process lends to a contract, and all that it can reach: flows to call in the contract's own name, and no key,
 * no storage and no secret of an account.
 */
export interface ContractContext {
  /**
   * Makes this contract's flows. The host fills in the contract's name: a contract can neither open a session nor write an
   * audit event in the name of another.
   * @example
   * const auth = context.createAuth({ requirements: ['verified', 'enabled'], ...policy });
   * const { access } = await auth.signIn({ permit, identifier, password });
   */
  readonly createAuth: (policy: Omit<ContractPolicy, 'name'>) => ContractAuth;
  /** Present for contracts that declare `hasOperatorRoutes`. */
  readonly operators?: OperatorAccess;
  readonly throttle: Throttle;
  readonly clock: Clock;
  /** Makes this contract's token formats; keys stay with the host. */
  readonly tokens: TokenFactory;
  readonly health: Health;
  /** Whether a channel is configured. */
  readonly canCarry: (channel: ChannelKind) => boolean;
  /** `hardened`: never tell who has an account, whatever the documentation says. */
  readonly enumeration: 'contract' | 'hardened';
  readonly environment: string;
  readonly productName: string;
  /** Without a trailing slash; the issuer of tokens. */
  readonly publicUrl: string;
  /** Where links point; undefined means to our own pages. */
  readonly appUrl: string | undefined;
  readonly version: string;
}

/** The codes and links with which a contract confirms sign-ups. */
export interface SignUpMessages {
  /** The contract whose code or link is sent: `auth.contract`. */
  readonly contract: ContractPolicy;
  /** The forms that clients of the contract support; operators send the first one by default. */
  readonly forms: readonly [ChallengeForm, ...ChallengeForm[]];
  /** The absolute URL that carries a link's token. */
  readonly link: (to: ContactIdentifier) => (token: string) => string;
}

/** One wire-compatible HTTP API. Knows core's `auth` and http; no other contract, no storage, no SMTP. */
export interface Contract<S extends Settings = Settings> {
  readonly name: string;
  /** Names start with `LATCHKEY_<NAME>_`. */
  readonly settings: S;
  /**
   * The endpoints that tell strangers whether an address has an account, whatever `LATCHKEY_ENUMERATION` says, because the
   * contract's document demands it: such as `POST /users/signup`. The server and `latchkey doctor` warn of them.
   */
  readonly alwaysDiscloses?: string;
  /** Whether it has routes for superusers or trusted systems, which act on other accounts. */
  readonly hasOperatorRoutes?: true;
  /** Its parts of the URL space, ready to be mounted. */
  mounts(context: ContractContext, values: Values<S>): Promise<readonly Mount[]>;
  /** For `latchkey user resend`. Absent when sign-ups need no confirmation. */
  signUpMessages?(context: ContractContext, values: Values<S>): Promise<SignUpMessages>;
}
