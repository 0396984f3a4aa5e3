/**
 * `admin`: what is done to other accounts. Operators' commands and routes for superusers call it; who may is decided
 * there. Each flow that changes something takes an `Actor`, which the compiler checks, so that nothing happens to
 * another account without a name in the audit trail.
 */
import type { Actor, ActorName } from './audit/index.ts';
import { type Bound, bind, type Flow, type InputOf } from './bind.ts';
import type { Core } from './core.ts';
import { createAccount } from './flows/create-account.ts';
import { deleteAccount } from './flows/delete-account.ts';
import { disableAccount, enableAccount } from './flows/disable-account.ts';
import { enrollTotp } from './flows/enroll-totp.ts';
import { findAccount, listAccounts, lookUpAccount, searchAccounts } from './flows/find-accounts.ts';
import { findSignUpContract, listAuditEvents, listMessages, listSessions } from './flows/lists.ts';
import { readSignInState } from './flows/read-sign-in-state.ts';
import { recordPrivateApiUse } from './flows/record-private-api-use.ts';
import { removeTotp } from './flows/remove-totp.ts';
import { resendSignUpFor } from './flows/resend-sign-up-for.ts';
import { revokeSession } from './flows/revoke-session.ts';
import { revokeSessions } from './flows/revoke-sessions.ts';
import { setPassword } from './flows/set-password.ts';
import { unlockAccount } from './flows/unlock-account.ts';
import { updateAccount } from './flows/update-account.ts';
import { verifyIdentifier } from './flows/verify-identifier.ts';

export type { ListedMessage } from './flows/lists.ts';
export type { SignInLock, SignInState } from './flows/read-sign-in-state.ts';
export type { AccountChanges } from './flows/update-account.ts';

/** A flow that takes an actor; `never` for any other. */
type ActorFlow<F> = F extends Flow ? (InputOf<F> extends { readonly actor: Actor } ? F : never) : never;

const actorFlows = <Flows extends { readonly [Name in keyof Flows]: ActorFlow<Flows[Name]> }>(flows: Flows) =>
  flows;

const acts = actorFlows({
  createAccount,
  deleteAccount,
  disableAccount,
  enableAccount,
  enrollTotp,
  recordPrivateApiUse,
  removeTotp,
  resendSignUpFor,
  revokeSession,
  revokeSessions,
  setPassword,
  unlockAccount,
  updateAccount,
  verifyIdentifier,
});

/** Change nothing. */
const reads = {
  findAccount,
  findSignUpContract,
  listAccounts,
  listAuditEvents,
  listMessages,
  listSessions,
  lookUpAccount,
  readSignInState,
  searchAccounts,
};

/** Every flow of `admin`, ready to be called. */
export type Admin = Bound<typeof acts & typeof reads>;

/** Names of the flows of `admin` that change something. */
export type AdminAct = keyof typeof acts;

/** @returns `admin` of this core */
export const createAdmin = (core: Core): Admin => bind(core, { ...acts, ...reads });

/** The name of a flow of `admin`. */
export type AdminFlowName = keyof Admin;

/** The codes that these flows declare. */
export type AdminFlowErrorCode<Name extends AdminFlowName> = (typeof acts &
  typeof reads)[Name]['errors'][number];

/** Whether a contract that lists this name is given a flow of `admin`. */
export const isAdminFlowName = (name: string): name is AdminFlowName =>
  Object.hasOwn(acts, name) || Object.hasOwn(reads, name);

/** Who acts through a contract: never an operator at the command line. The host fills in the contract's name. */
export interface ContractActor {
  readonly by: Exclude<ActorName, `cli:${string}`>;
  /** The client's address. */
  readonly address: string;
}

/** `admin` at one contract: what is done is recorded in this contract's name. */
export type ContractAdmin<Name extends AdminFlowName = AdminFlowName> = {
  readonly [Act in Name & AdminAct]: (
    input: Omit<Parameters<Admin[Act]>[0], 'actor'> & { readonly actor: ContractActor },
  ) => ReturnType<Admin[Act]>;
} & Pick<Admin, Exclude<Name, AdminAct>>;

/**
 * @param contract the name that audit events carry, whatever an actor says
 * @param names the flows that the contract lists; it is given these and no others
 */
export function adminAt<Name extends AdminFlowName>(
  admin: Admin,
  contract: string,
  names: readonly Name[],
): ContractAdmin<Name> {
  const bound = names.map((name) => [
    name,
    Object.hasOwn(acts, name)
      ? ({ actor, ...input }: { readonly actor: ContractActor }) =>
          admin[name]({ ...input, actor: { ...actor, door: contract } } as never)
      : admin[name],
  ]);
  return Object.fromEntries(bound) as ContractAdmin<Name>;
}
