import type { Core } from './core.ts';
import { refusalsAbout } from './errors.ts';
import * as flows from './flows/index.ts';

type Flow = (core: Core, input: never) => unknown;
type Bound<F extends Flow> =
  Parameters<F> extends [Core, infer Input] ? (input: Input) => ReturnType<F> : () => ReturnType<F>;

/** Every flow, ready to be called. What contracts and the command line use core through. */
export type Auth = { readonly [Name in keyof typeof flows]: Bound<(typeof flows)[Name]> };

/** The fields in which the input of a flow names an account. */
interface AccountInput {
  readonly live?: { readonly account: { readonly id: string } };
  readonly account?: { readonly id: string };
  readonly accountId?: string;
}

export function createAuth(core: Core): Auth {
  const bound = Object.entries(flows).map(([name, flow]) => [
    name,
    (input?: AccountInput) =>
      refusalsAbout(input?.live?.account.id ?? input?.account?.id ?? input?.accountId, async () =>
        (flow as Flow)(core, input as never),
      ),
  ]);
  return Object.fromEntries(bound) as Auth;
}
