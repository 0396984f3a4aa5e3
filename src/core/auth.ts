import type { Core } from './core.ts';
import * as flows from './flows/index.ts';

type Flow = (core: Core, input: never) => unknown;
type Bound<F extends Flow> =
  Parameters<F> extends [Core, infer Input] ? (input: Input) => ReturnType<F> : () => ReturnType<F>;

/** Every flow, ready to be called. What contracts and the command line use core through. */
export type Auth = { readonly [Name in keyof typeof flows]: Bound<(typeof flows)[Name]> };

export function createAuth(core: Core): Auth {
  const bound = Object.entries(flows).map(([name, flow]) => [
    name,
    (input: never) => (flow as Flow)(core, input),
  ]);
  return Object.fromEntries(bound) as Auth;
}
