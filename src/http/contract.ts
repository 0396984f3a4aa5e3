import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthError, AuthErrorCode } from '../core/errors.ts';
import type { AuthenticatedSession } from '../core/session/index.ts';
import type { HttpFault } from './faults.ts';

/** A complete answer: what a contract says in a certain case. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `application/json; charset=utf-8`. */
  readonly contentType?: string;
}

/** Thrown by a contract that has already decided what to say, such as its own validation errors. */
export class AnswerError extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`answered ${answer.status}`);
    this.answer = answer;
  }
}

/** What an answer to a fault may need to know. */
export interface FaultFacts {
  readonly method: string;
  /** The content type as it was sent, cut to a length that can be repeated. */
  readonly contentType: string;
}

/** How one contract says every kind of no. `Retry-After` and `Allow` are added by the mount. */
export interface WireErrors {
  /** `names` are those that the route gives to what core calls identifier, password and so on. */
  refuse(error: AuthError, names: WireNames): Answer;
  fault(fault: HttpFault, facts: FaultFacts): Answer;
}

export type WireNames = Readonly<Record<string, string>>;

export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** One endpoint. Registered with and without the trailing slash. */
export interface Route {
  readonly method: HttpMethod;
  /** Absolute, without the trailing slash. */
  readonly path: string;
  /** Answers every other method as well, a preflight too, before a body is read. */
  readonly takesAnyMethod?: true;
  /** What this endpoint calls the things that refusals are about. */
  readonly names?: WireNames;
  /** What it answers differently from the rest of its contract. */
  readonly refusals?: Partial<Record<AuthErrorCode, Answer>>;
  /** Returns the body of a 200, or answers through `reply`. */
  handle(request: FastifyRequest, reply: FastifyReply): unknown;
}

/** A part of the URL space with one way of speaking. */
export interface Mount {
  readonly contract: string;
  /** Prefixes that belong to it; what is not found under them is answered in its words. The longest distinct form. */
  readonly prefixes: readonly string[];
  readonly errors: WireErrors;
  readonly routes: readonly Route[];
  /** Adds the parsers for the bodies it reads; every other content type is `unsupported_media_type`. */
  readonly bodies: (scope: FastifyInstance) => void;
  /** Who sent a request, by the contract's own rules. With it the contract offers forward-auth (forward-auth.ts). */
  readonly authenticate?: (request: FastifyRequest) => Promise<AuthenticatedSession>;
}
