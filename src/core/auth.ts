import type { Core } from './core.ts';
import { AuthError, type AuthErrorCode } from './errors.ts';
import * as flows from './flows/index.ts';

/** A flow, with the codes of every AuthError that it may raise beside `storage_unavailable`, which all may. */
type Flow = ((core: Core, input: never) => unknown) & { readonly errors: readonly AuthErrorCode[] };
type Flows = Readonly<Record<string, Flow>>;

type BoundFlow<F extends Flow> =
  Parameters<F> extends [Core, infer Input] ? (input: Input) => ReturnType<F> : () => ReturnType<F>;
type BoundFlows<F extends Flows> = { readonly [Name in keyof F]: BoundFlow<F[Name]> };

/** Every flow, ready to be called. What contracts and the command line use core through. */
export type Auth = BoundFlows<typeof flows>;

/** The name of a flow. A contract lists those that it calls. */
export type FlowName = keyof Auth;

/** The codes that these flows declare. */
export type FlowErrorCode<Name extends FlowName> = (typeof flows)[Name]['errors'][number];

/** Whether a contract that lists this name can be given a flow. */
export const isFlowName = (name: string): name is FlowName => Object.hasOwn(flows, name);

/** The fields in which the input of a flow names an account. */
interface AccountInput {
  readonly live?: { readonly account: { readonly id: string } };
  readonly account?: { readonly id: string };
  readonly accountId?: string;
}

/** Binds every flow to this process. */
export const createAuth = (core: Core): Auth => bindFlows(core, flows);

/**
 * Binds flows to a process. An AuthError that passes through gets the account that the call named. A code that the flow
 * does not declare is a bug, since contracts could not see that they have to answer it: it is logged, and passed on.
 */
export function bindFlows<F extends Flows>(core: Core, unbound: F): BoundFlows<F> {
  const bound = Object.entries(unbound).map(([name, flow]) => [
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
  return Object.fromEntries(bound) as BoundFlows<F>;
}

function reportUndeclared({ log }: Core, name: string, { errors }: Flow, error: AuthError): void {
  const { code } = error;
  if (code === 'storage_unavailable' || errors.includes(code)) return;
  const fields = { event: 'undeclared_error', flow: name, refusal: code, err: error };
  log.error(fields, 'a flow raised an error that it does not declare');
}
