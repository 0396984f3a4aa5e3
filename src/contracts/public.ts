/**
 * `latchkey/contracts`: everything that a contract outside of this repository is made of, and the suite that it must
 * pass. Owns nothing; what is not here may change without notice.
 */
import type { ContractConformanceOptions } from './conformance/index.ts';

export type { FastifyReply as HttpReply, FastifyRequest as HttpRequest } from 'fastify';
export { choice, duration, integer, type Setting, type Settings, type Values } from '../config/index.ts';
export {
  type Account,
  type ContactIdentifier,
  type Identifier,
  isVerified,
  parseContact,
  parseIdentifier,
  parseLogin,
} from '../core/account/index.ts';
export type { AdminFlowName, ContractActor, ContractAdmin } from '../core/admin.ts';
export type { AuthFlowName, ContractAuth } from '../core/auth.ts';
export type { AccountRequirement, ContractPolicy } from '../core/contract-policy.ts';
export {
  AuthError,
  type AuthErrorCode,
  type AuthErrorFacts,
  type ErrorCategory,
  type PasswordRule,
} from '../core/errors.ts';
export type {
  AuthenticatedSession,
  Grant,
  IssuedTokens,
  SignedTokenFormat,
  StoredTokenFormat,
  TokenFactory,
  TokenFormat,
} from '../core/session/index.ts';
export type { AddressPermit, Client as NetworkClient, Permit } from '../core/throttle/index.ts';
export {
  type Answer,
  AnswerError,
  clientOf,
  type ErrorResponse,
  type ErrorResponses,
  formBodies,
  type HttpErrorContext,
  type HttpErrorKind,
  type HttpMethod,
  jsonBodies,
  MalformedBody,
  type Mount,
  parseForm,
  parseJson,
  type RawContext,
  type RawHandler,
  type RawMount,
  type Route,
  type RoutedMount,
  rawBodies,
  readBearer,
  send,
} from '../http/index.ts';
export type {
  Call,
  Capability,
  Client,
  ConformanceServer,
  ContractConformanceOptions,
  ContractDriver,
  ContractEvent,
  CredentialKind,
  Endpoint,
  GuardedEndpoint,
  OpenEndpoint,
  Person,
  ReceivedMessage,
  Shown,
  Survivors,
  WireAnswer,
} from './conformance/index.ts';
export type { ContractErrorCode, FlowName, OperatorAccess, SignUpMessages } from './contract.ts';
export {
  type Contract,
  type ContractContext,
  type ContractDefinition,
  type ContractErrors,
  contracts,
} from './index.ts';

/** Defines the suite's tests. Loaded when it is asked for: a server has no use for a test runner. */
export async function runContractConformance(options: ContractConformanceOptions): Promise<void> {
  const conformance = await import('./conformance/index.ts');
  conformance.runContractConformance(options);
}
