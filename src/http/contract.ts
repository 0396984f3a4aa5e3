import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthErrorCode } from '../core/errors.ts';
import type { AuthenticatedSession } from '../core/session/index.ts';
import type { ErrorResponse, ErrorResponses } from './errors.ts';
import type { RawMount } from './raw-mount.ts';

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

export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** One endpoint. Registered with and without the trailing slash. */
export interface Route {
  readonly method: HttpMethod;
  /** Absolute, without the trailing slash. */
  readonly path: string;
  /** Answers every other method as well, a preflight too, before a body is read. */
  readonly takesAnyMethod?: true;
  /** The errors that it answers differently from the rest of its contract. */
  readonly refusals?: Readonly<Partial<Record<AuthErrorCode, ErrorResponse>>>;
  /** Returns the body of a 200, or answers through `reply`. */
  handle(request: FastifyRequest, reply: FastifyReply): unknown;
}

/**
 * A part of the URL space that one contract answers: endpoint by endpoint, or handed over whole to a protocol library.
 * @template Code the codes that its errors must have a row for
 */
export type Mount<Code extends AuthErrorCode = never> = RoutedMount<Code> | RawMount;

/**
 * A part of the URL space whose endpoints share bodies and errors.
 * @template Code the codes that its errors must have a row for
 */
export interface RoutedMount<Code extends AuthErrorCode = never> {
  readonly contract: string;
  /** Prefixes that belong to it; what is not found under them is answered in its words. The longest distinct form. */
  readonly prefixes: readonly string[];
  readonly errors: ErrorResponses<Code>;
  readonly routes: readonly Route[];
  /** Adds the parsers for the bodies it reads; every other content type is `unsupported_media_type`. */
  readonly bodies: (scope: FastifyInstance) => void;
  /** Who sent a request, by the contract's own rules. With it the contract offers forward-auth (forward-auth.ts). */
  readonly authenticate?: (request: FastifyRequest) => Promise<AuthenticatedSession>;
}

/** Whether the endpoints of the mount are known: those of a protocol library are not. */
export function isRouted(mount: Mount): mount is RoutedMount {
  return !('raw' in mount);
}
