/**
 * `auth`: what a person does with their own account. Contracts call it. Each flow takes what shows that the caller may
 * ask: a permit, so that no anonymous request reaches a flow uncounted, or the session of the account that it acts on.
 * No flow takes another account, which the compiler checks; what is done to another account is in admin.ts.
 */
import { type Bound, bind, type Flow, type InputOf } from './bind.ts';
import type { ContractPolicy } from './contract-policy.ts';
import type { Core } from './core.ts';
import { approveSignIn } from './flows/approve-sign-in.ts';
import { authenticate } from './flows/authenticate.ts';
import { changePassword } from './flows/change-password.ts';
import { confirmEmailChange } from './flows/confirm-email-change.ts';
import { confirmRecovery } from './flows/confirm-recovery.ts';
import { confirmSignIn } from './flows/confirm-sign-in.ts';
import { confirmSignUp } from './flows/confirm-sign-up.ts';
import { signUpWithoutConfirmation } from './flows/create-account.ts';
import { deleteOwnAccount } from './flows/delete-account.ts';
import { readLink } from './flows/read-link.ts';
import { refresh } from './flows/refresh.ts';
import { requestEmailChange } from './flows/request-email-change.ts';
import { requestRecovery } from './flows/request-recovery.ts';
import { requestSignIn } from './flows/request-sign-in.ts';
import { resendSignUp } from './flows/resend-sign-up.ts';
import { signIn } from './flows/sign-in.ts';
import { signOut } from './flows/sign-out.ts';
import { signUp } from './flows/sign-up.ts';
import { confirmSignUpLink, readSignUpLink } from './flows/sign-up-link.ts';
import { readAddressUndo, undoAddressChange } from './flows/undo-address-change.ts';
import { updateOwnAccount } from './flows/update-account.ts';
import { updateProfile } from './flows/update-profile.ts';
import type { AuthenticatedSession } from './session/index.ts';
import type { AddressPermit } from './throttle/index.ts';

export type { SignUpLinkState } from './flows/sign-up-link.ts';

/** Fields that would name an account other than the caller's, or somebody who acts on one. */
type ForeignField = 'account' | 'accountId' | 'actor';

/** A flow of a counted or authenticated request that names no other account; `never` for any other. */
type OwnFlow<F> = F extends Flow
  ? InputOf<F> extends { readonly permit: AddressPermit } | { readonly live: AuthenticatedSession }
    ? Extract<keyof InputOf<F>, ForeignField> extends never
      ? F
      : never
    : never
  : never;

const ownFlows = <Flows extends { readonly [Name in keyof Flows]: OwnFlow<Flows[Name]> }>(flows: Flows) =>
  flows;

const flows = {
  // Needs no permit: it makes an anonymous request an authenticated one, by a token that nobody guesses.
  authenticate,
  ...ownFlows({
    approveSignIn,
    changePassword,
    confirmEmailChange,
    confirmRecovery,
    confirmSignIn,
    confirmSignUp,
    confirmSignUpLink,
    deleteOwnAccount,
    readAddressUndo,
    readLink,
    readSignUpLink,
    refresh,
    requestEmailChange,
    requestRecovery,
    requestSignIn,
    resendSignUp,
    signIn,
    signOut,
    signUp,
    signUpWithoutConfirmation,
    undoAddressChange,
    updateOwnAccount,
    updateProfile,
  }),
};

/** Every flow of `auth`, ready to be called. */
export type Auth = Bound<typeof flows>;

/** @returns `auth` of this core */
export const createAuth = (core: Core): Auth => bind(core, flows);

/** Without a field, for each member of a union. */
type Without<Input, Field extends PropertyKey> = Input extends unknown ? Omit<Input, Field> : never;

/** Flows that are the server's own, at no contract. */
type ServerFlow = 'readAddressUndo' | 'undoAddressChange';

/** The name of a flow of `auth` that a contract can list. */
export type AuthFlowName = Exclude<keyof Auth, ServerFlow>;

/** The codes that these flows declare. */
export type AuthFlowErrorCode<Name extends AuthFlowName> = (typeof flows)[Name]['errors'][number];

/** Whether a contract that lists this name is given a flow of `auth`. */
export const isAuthFlowName = (name: string): name is AuthFlowName =>
  Object.hasOwn(flows, name) && !['readAddressUndo', 'undoAddressChange'].includes(name);

/** What a contract gives to one of its flows. */
export type ContractInput<Name extends AuthFlowName> = Without<Parameters<Auth[Name]>[0], 'contract'>;

/** `auth` at one contract: no flow takes the contract, so that none can be called in the name of another. */
export type ContractAuth<Name extends AuthFlowName = AuthFlowName> = {
  readonly [Each in Name]: (input: ContractInput<Each>) => ReturnType<Auth[Each]>;
} & { readonly contract: ContractPolicy };

/**
 * @param names the flows that the contract lists; it is given these and no others
 * @returns `auth` whose flows all happen at this contract, whatever their input says
 */
export function authAt<Name extends AuthFlowName>(
  auth: Auth,
  contract: ContractPolicy,
  names: readonly Name[],
): ContractAuth<Name> {
  const bound = names.map((name) => [name, (input: object) => auth[name]({ ...input, contract } as never)]);
  return { ...Object.fromEntries(bound), contract } as ContractAuth<Name>;
}
