import type { Core } from './core.ts';
import { AuthError, type AuthErrorCode } from './errors.ts';

/**
 * One thing that can happen to an account: one file of `flows/`. A flow has its effects in at most one transaction, with no
 * hashing, network or mail in it. It knows a contract by its policy only, and no HTTP.
 */
export interface Flow {
  (core: Core, input: never): Promise<unknown>;
  /** The codes of every AuthError that it may raise beside `storage_unavailable`, which all may. */
  readonly errors: readonly AuthErrorCode[];
}

/** The input of a flow. */
export type InputOf<F extends Flow> = Parameters<F> extends [Core, infer Input] ? Input : undefined;

/** Flows that core was given to. */
export type Bound<Flows extends Readonly<Record<string, Flow>>> = {
  readonly [Name in keyof Flows]: InputOf<Flows[Name]> extends undefined
    ? () => ReturnType<Flows[Name]>
    : (input: InputOf<Flows[Name]>) => ReturnType<Flows[Name]>;
};

/** The fields in which the input of a flow names an account. */
interface AccountInput {
  readonly live?: { readonly account: { readonly id: string } };
  readonly account?: { readonly id: string };
  readonly accountId?: string;
}

/**
 * Gives core to each flow. An AuthError that passes through gets the account that the call named. A code that the flow does
 * not declare is a bug, since contracts could not see that they have to answer it: it is logged, and passed on.
 */
export function bind<Flows extends Readonly<Record<string, Flow>>>(core: Core, flows: Flows): Bound<Flows> {
  const bound = Object.entries(flows).map(([name, flow]) => [
    name,
    async (input?: AccountInput) => {
      try {
        return await flow(core, input as never);
      } catch (error) {
        if (!(error instanceof AuthError)) throw error;
        error.about(input?.live?.account.id ?? input?.account?.id ?? input?.accountId);
        reportUndeclared(core, name, flow, error);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(bound) as Bound<Flows>;
}

function reportUndeclared({ log }: Core, name: string, { errors }: Flow, error: AuthError): void {
  const { code } = error;
  if (code === 'storage_unavailable' || errors.includes(code)) return;
  const fields = { event: 'undeclared_error', flow: name, refusal: code, err: error };
  log.error(fields, 'a flow raised an error that it does not declare');
}
