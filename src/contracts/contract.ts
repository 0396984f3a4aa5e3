import type { Settings, Values } from '../config/index.ts';
import type { ContactIdentifier } from '../core/account/index.ts';
import type { AdminFlowErrorCode, AdminFlowName, ContractAdmin } from '../core/admin.ts';
import type { AuthFlowErrorCode, AuthFlowName, ContractAuth } from '../core/auth.ts';
import type { ChallengeForm } from '../core/challenge/index.ts';
import type { ContractPolicy } from '../core/contract-policy.ts';
import type { ChannelKind } from '../core/message/index.ts';
import type { Clock } from '../core/ports.ts';
import type { TokenFactory } from '../core/session/index.ts';
import type { Throttle } from '../core/throttle/index.ts';
import type { ErrorResponses, Health, Mount } from '../http/index.ts';
import type { TrustedSystems } from './trusted-systems.ts';

/** What a request can be refused for at every contract, before a flow is called or while one is. */
type RequestErrorCode =
  /** By the functions that parse identifiers. */
  | 'identifier_invalid'
  /** By `readBearer`. */
  | 'token_missing'
  | 'token_invalid'
  /** By `Throttle`. */
  | 'throttled'
  /** By everything that uses the database. */
  | 'storage_unavailable';

/** The name of a flow, of `auth` or `admin`. A contract lists those that it calls. */
export type FlowName = AuthFlowName | AdminFlowName;

/** The codes that a contract which calls these flows has to answer. */
export type ContractErrorCode<Flow extends FlowName> =
  | AuthFlowErrorCode<Flow & AuthFlowName>
  | AdminFlowErrorCode<Flow & AdminFlowName>
  | RequestErrorCode;

/**
 * Every response of a contract that is not a success. Each category has one. Each code that the contract's own flows raise
 * has a row: a response, or `by category`. A row that is missing does not compile.
 * @template Flow the flows that the contract lists
 */
export type ContractErrors<Flow extends FlowName> = ErrorResponses<ContractErrorCode<Flow>>;

/** What only a contract that lists flows of `admin` is lent. */
export interface OperatorAccess<Flow extends FlowName = FlowName> {
  /** The flows on other accounts that it lists. Audit events carry this contract's name. */
  readonly admin: ContractAdmin<Flow & AdminFlowName>;
  /** How trusted systems prove who they are. */
  readonly trustedSystems: TrustedSystems;
}

/**
 * What the process lends to a contract, and all that it can reach: the flows that it lists, to call in its own name, and no
 * key, no storage and no secret of an account.
 */
export interface ContractContext<Flow extends FlowName = FlowName> {
  /**
   * Makes this contract's flows. The host fills in the contract's name: a contract can neither open a session nor write an
   * audit event in the name of another.
   * @example
   * const auth = context.createAuth({ requirements: ['verified', 'enabled'], ...policy });
   * const { access } = await auth.signIn({ permit, identifier, password });
   */
  readonly createAuth: (policy: Omit<ContractPolicy, 'name'>) => ContractAuth<Flow & AuthFlowName>;
  /** Present for contracts that list a flow of `admin`. */
  readonly operators?: OperatorAccess<Flow>;
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

/**
 * One wire-compatible HTTP API, as the process that mounts it sees it. Knows the flows that it lists and http; no other
 * contract, no storage, no SMTP. Written as a `ContractDefinition`.
 */
export interface Contract {
  readonly name: string;
  /** Names start with `LATCHKEY_<NAME>_`. */
  readonly settings: Settings;
  /** The flows that it calls. It is given these and no others. */
  readonly flows: readonly FlowName[];
  /**
   * The endpoints that tell strangers whether an address has an account, whatever `LATCHKEY_ENUMERATION` says, because the
   * contract's document demands it: such as `POST /users/signup`. The server and `latchkey doctor` warn of them.
   */
  readonly alwaysDiscloses?: string;
  /** Its parts of the URL space, ready to be mounted. */
  mounts(context: ContractContext, values: Values<Settings>): Promise<readonly Mount[]>;
  /** For `latchkey user resend`. Absent when sign-ups need no confirmation. */
  signUpMessages?(context: ContractContext, values: Values<Settings>): Promise<SignUpMessages>;
}

/**
 * A contract as its author writes it: with its own settings, and with an answer to every error of its own flows.
 *
 * @example
 * export const flows = ['signIn', 'authenticate'] as const;
 * export type Flow = (typeof flows)[number];
 * const errors: ContractErrors<Flow> = { categories: {…}, codes: {…}, http: {…} };
 * export const minimal: ContractDefinition<typeof settings, Flow> = { name: 'minimal', settings, flows, … };
 */
export interface ContractDefinition<S extends Settings, Flow extends FlowName> extends Contract {
  readonly settings: S;
  readonly flows: readonly Flow[];
  mounts(
    context: ContractContext<Flow>,
    values: Values<S>,
  ): Promise<readonly Mount<ContractErrorCode<Flow>>[]>;
  signUpMessages?(context: ContractContext<Flow>, values: Values<S>): Promise<SignUpMessages>;
}
