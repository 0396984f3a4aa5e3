import { test } from 'node:test';
import type { Admin } from '../../core/admin.ts';
import type { Mount } from '../../http/index.ts';
import { Client } from './client.ts';
import type { ContractDriver } from './driver.ts';

/** A server that speaks at least the contracts of the drivers, on an empty database, with a clock that stands still. */
export interface ConformanceServer {
  /** Without a trailing slash. */
  readonly url: string;
  readonly clock: { now(): number; advance(ms: number): void };
  readonly app: {
    readonly admin: Admin;
    readonly mounts: readonly Mount[];
    readonly hashing: {
      figures(): { readonly evaluations: number };
      /** A place in the queue; undefined when it is full. */
      admit(): Disposable | undefined;
    };
  };
  /** All that was logged, as lines of JSON. */
  logged(): string;
  /** What was sent to an address, the newest first. */
  messages(to: string): Promise<readonly ReceivedMessage[]>;
  stop(): Promise<void>;
}

export interface ReceivedMessage {
  readonly text: string;
  readonly code?: string | undefined;
  readonly link?: string | undefined;
}

/** What a contract may not do, at the price of a reason that stands in the report. */
export type Capability =
  /** An unknown identifier is answered like a wrong password. */
  | 'hiding accounts'
  /** It has tokens that are exchanged for others. */
  | 'rotating tokens'
  /** It sends codes short enough to be guessed. */
  | 'codes'
  /** It sends codes or links. */
  | 'challenges'
  /** A sign-in asks for a TOTP. */
  | 'second factor'
  /** A request can write something of an account. */
  | 'writing';

export interface ContractConformanceOptions {
  readonly driver: ContractDriver;
  /** Other contracts of the same server: their credentials are tried here, and what happens here is felt there. */
  readonly beside?: readonly ContractDriver[];
  /** Limits by time must be off, and hashing must have patience. */
  readonly start: (settings?: Readonly<Record<string, string>>) => Promise<ConformanceServer>;
  readonly skip?: Partial<Record<Capability, string>>;
}

export type Guarantee = (name: string, body: (client: Client) => Promise<void>) => void;

/** What the files of this folder define their guarantees with. */
export interface Suite {
  readonly driver: ContractDriver;
  readonly beside: readonly ContractDriver[];
  /** A test with a server that it shares with others, and people of its own. */
  readonly guarantee: Guarantee;
  /** The same, for contracts that can do what it takes; skipped with the contract's reason by others. */
  readonly guaranteeWith: (needed: Capability) => Guarantee;
  /** The same with a server of its own that has these settings, beside those of the suite. */
  readonly guaranteeUnder: (settings: Readonly<Record<string, string>>) => Guarantee;
  /** The same where nothing tells who has an account. */
  readonly guaranteeHardened: Guarantee;
}

export interface RunningSuite extends Suite {
  stop(): Promise<void>;
}

export function createSuite(options: ContractConformanceOptions): RunningSuite {
  const { driver, beside = [], start, skip = {} } = options;
  let shared: Promise<ConformanceServer> | undefined;
  const client = async () => {
    shared ??= start();
    return new Client(await shared);
  };
  const define = (reason: string | undefined): Guarantee => {
    return (name, body) => {
      test(name, { skip: reason ?? false }, async () => body(await client()));
    };
  };
  const guaranteeUnder =
    (settings: Readonly<Record<string, string>>): Guarantee =>
    (name, body) => {
      test(name, async () => {
        const server = await start(settings);
        try {
          await body(new Client(server));
        } finally {
          await server.stop();
        }
      });
    };
  return {
    driver,
    beside,
    guarantee: define(undefined),
    guaranteeWith: (needed) => define(skip[needed]),
    guaranteeUnder,
    guaranteeHardened: guaranteeUnder({ LATCHKEY_ENUMERATION: 'hardened' }),
    async stop() {
      // One that did not start has nothing to stop.
      await shared?.then(
        (server) => server.stop(),
        () => {},
      );
    },
  };
}
