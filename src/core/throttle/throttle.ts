import { IDENTIFIER_MAX_LENGTH, parseLogin } from '../account/index.ts';
import { AuthError } from '../errors.ts';

/** What a client asks to do. Each kind has its own rates. */
export type ThrottledKind = 'sign_in' | 'message' | 'confirm' | 'refresh' | 'profile' | 'private';

export interface Rate {
  readonly points: number;
  readonly perMs: number;
}

export interface ThrottleRates {
  /** For one identifier, purpose and client address together. */
  readonly perIdentifier?: Rate;
  /** For one client address, whatever it asks for. */
  readonly perAddress: Rate;
  /** The same for the /48 of an IPv6 client, which holds 65,536 of what counts as one address. */
  readonly perSubnet: Rate;
}

export type ThrottleScope = keyof ThrottleRates;

/** Counts in short windows. Implemented in storage, shared by all processes where the engine is. */
export interface RateLimiter {
  /** Takes a point; answers the milliseconds until there is one again, or 0 when it was granted. */
  take(kind: ThrottledKind, scope: ThrottleScope, key: string): Promise<number>;
}

/** Who is asking. */
export interface Client {
  /** For the audit trail. */
  readonly address: string;
  /** What limits by time count: the address, or its /64 for IPv6, whose owner has all of it (SEC-078). */
  readonly network: string;
  /** The client network that shares of an identifier's budgets go to: the /24 of an IPv4 address, the /48 of IPv6. */
  readonly subnet: string;
  /** The User-Agent header: at most 256 characters, none of them a control character. Never logged. */
  readonly userAgent?: string;
}

declare const counted: unique symbol;
declare const granted: unique symbol;

/**
 * Proof that a request was counted for its client's address, which happens before its fields are validated: what an
 * address may cost is bounded whatever it sends. Enough for flows that ask for no identifier.
 */
export interface AddressPermit<Kind extends ThrottledKind = ThrottledKind> {
  readonly client: Client;
  readonly kind: Kind;
  readonly [counted]: true;
}

/**
 * Proof that a request was counted for its address, and then for its identifier. Flows demand one of the right kind, so
 * that no contract can forget to throttle; only Throttle makes them.
 */
export interface Permit<Kind extends ThrottledKind = ThrottledKind> extends AddressPermit<Kind> {
  readonly [granted]: true;
}

export class Throttle {
  /** Undefined when limits by time are switched off. */
  readonly #limiter: RateLimiter | undefined;

  constructor(limiter: RateLimiter | undefined) {
    this.#limiter = limiter;
  }

  /**
   * First, before anything of the request is validated.
   * @throws AuthError `throttled`
   */
  async permitAddress<Kind extends ThrottledKind>(kind: Kind, client: Client): Promise<AddressPermit<Kind>> {
    await this.#take(kind, 'perAddress', client.network);
    if (isIpv6(client)) await this.#take(kind, 'perSubnet', client.subnet);
    return { client, kind } as AddressPermit<Kind>;
  }

  /**
   * Second: before the other fields are validated or after, as the contract's document has it.
   * @param request.purpose what the identifier is used for, such as `sign_up`; limits are kept apart by it
   * @param request.identifier as the client sent it, of whatever type
   * @throws AuthError `throttled`
   */
  async permitIdentifier<Kind extends ThrottledKind>(
    { client, kind }: AddressPermit<Kind>,
    { purpose, identifier }: { purpose: string; identifier: unknown },
  ): Promise<Permit<Kind>> {
    // Not `String(…)`: an object from a body may bring a `toString` that is no function.
    const text = typeof identifier === 'string' ? identifier : (JSON.stringify(identifier) ?? '');
    await this.#take(kind, 'perIdentifier', JSON.stringify([purpose, client.network, nameOf(text)]));
    return { client, kind } as Permit<Kind>;
  }

  async #take(kind: ThrottledKind, scope: ThrottleScope, key: string): Promise<void> {
    const retryAfterMs = (await this.#limiter?.take(kind, scope, key)) ?? 0;
    if (retryAfterMs > 0) throw new AuthError('throttled', { retryAfterMs, reason: `${kind} ${scope}` });
  }
}

const isIpv6 = ({ network }: Client): boolean => network.includes(':');

/**
 * One name for every spelling that finds the same account; whatever finds none is named as it is. Cut, which bounds the
 * work and the memory that a name takes: a longer text finds no account.
 */
function nameOf(text: string): string {
  const cut = text.slice(0, IDENTIFIER_MAX_LENGTH);
  try {
    return parseLogin(cut).key;
  } catch {
    return cut.normalize('NFKC').trim().toLowerCase();
  }
}
