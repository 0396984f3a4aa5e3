import type { Core } from './core.ts';
import { refusalsAbout } from './errors.ts';

/**
 * One thing that can happen to an account: one file of `flows/`. A flow has its effects in at most one transaction, with no
 * hashing, network or mail in it. It knows a contract by its policy only, and no HTTP.
 */
export type Flow = (core: Core, input: never) => Promise<unknown>;

/** The input of a flow. */
export type InputOf<F extends Flow> = Parameters<F> extends [Core, infer Input] ? Input : undefined;

/** Flows that core was given to. */
export type Bound<Flows extends Readonly<Record<string, Flow>>> = {
  readonly [Name in keyof Flows]: InputOf<Flows[Name]> extends undefined
    ? () => ReturnType<Flows[Name]>
    : (input: InputOf<Flows[Name]>) => ReturnType<Flows[Name]>;
};

/** What flows are given that names an account. */
interface AccountInput {
  readonly live?: { readonly account: { readonly id: string } };
  readonly account?: { readonly id: string };
  readonly accountId?: string;
}

/** Gives core to each flow. A refusal says which account it is about, where the input names one. */
export function bind<Flows extends Readonly<Record<string, Flow>>>(core: Core, flows: Flows): Bound<Flows> {
  const bound = Object.entries(flows).map(([name, flow]) => [
    name,
    (input?: AccountInput) =>
      refusalsAbout(input?.live?.account.id ?? input?.account?.id ?? input?.accountId, () =>
        flow(core, input as never),
      ),
  ]);
  return Object.fromEntries(bound) as Bound<Flows>;
}
