import type { Account } from '../account/index.ts';
import type { ContractPolicy } from '../contract-policy.ts';
import type { Core } from '../core.ts';
import { AuthError } from '../errors.ts';
import type { LiveSession } from '../session/index.ts';

/** `not_enrolled`: the contract asks for a code and the account has no TOTP; the requirements say what that means. */
export type TotpOutcome = 'verified' | 'not_enrolled' | 'not_asked' | 'wrong';

/** TOTP as part of a password attempt. */
export interface EvaluatedTotp {
  /** Whether a code is compared, so that the attempt counts against the TOTP's budget too. */
  readonly isCompared: boolean;
  /** Called whether the password was right or not, since time must not tell; only a right password uses up a code. */
  evaluate(isPasswordRight: boolean): Promise<TotpOutcome>;
}

/** Where no code is asked for. */
export const NO_TOTP: EvaluatedTotp = { isCompared: false, evaluate: async () => 'not_asked' };

/** No account and no credential has this id. */
const NOBODY = '';

/** What a password sign-in has to show beside the password at this contract and under `LATCHKEY_REQUIRE_TOTP`. */
export function totpBesidePassword(
  core: Core,
  {
    contract,
    account,
    code = '',
  }: {
    readonly contract: ContractPolicy;
    readonly account: Account | undefined;
    readonly code: string | undefined;
  },
): EvaluatedTotp {
  const { storage, clock, policy } = core;
  const accountId = account?.id ?? NOBODY;
  if (contract.requirements.includes('totp')) {
    const evaluate = async (isPasswordRight: boolean) => {
      const credential = await storage.totp.find(accountId);
      const { right, use } = core.totp.evaluate(credential, code, clock.now());
      // One statement whatever was wrong: a used code, a wrong one and a wrong password cost the same.
      const credentialId = isPasswordRight && right ? use.credentialId : NOBODY;
      const isSpent = await storage.totp.spend({ ...use, credentialId });
      if (credential === undefined) return 'not_enrolled';
      return isSpent ? 'verified' : 'wrong';
    };
    return { isCompared: true, evaluate };
  }
  if (!policy.requireTotp) return NO_TOTP;
  const evaluate = async () => ((await storage.totp.find(accountId)) === undefined ? 'not_asked' : 'wrong');
  return { isCompared: false, evaluate };
}

/** Wrong codes in a row that end a session. Not its account's lockout: a stolen token must not lock its owner out. */
const WRONG_CODES_THAT_END = 5;

/**
 * A code beside an access token: valid for every request of its window, so nothing is used up. A right code, which
 * nearly all are, writes nothing; anything else is decided one by one, counted in the store before it is evaluated, so
 * that parallel guesses cannot exceed the session's budget (SEC-036).
 *
 * @throws AuthError `totp_invalid`; `token_invalid` when the session has used up its wrong codes
 */
export async function verifySessionTotp(
  core: Core,
  {
    contract,
    live,
    code,
  }: { readonly contract: ContractPolicy; readonly live: LiveSession; readonly code: string | undefined },
): Promise<void> {
  if (code === undefined) throw new AuthError('totp_invalid', { reason: 'none was sent' });
  const { storage, clock, turns } = core;
  const { id } = live.session;
  const isRight = () => core.totp.evaluate(live.totp, code, clock.now()).right;
  if (live.wrongCodes === 0 && !turns.isTaken(id) && isRight()) return;

  await turns.take(id, async () => {
    const now = clock.now();
    const counted = await storage.sessions.countWrongCode(id, { limit: WRONG_CODES_THAT_END, now });
    if (counted === undefined) throw new AuthError('token_invalid', { reason: 'the session is over' });
    if (isRight()) return storage.sessions.clearWrongCodes(id);
    if (counted >= WRONG_CODES_THAT_END) await endGuessedSession(core, contract, live);
    throw new AuthError('totp_invalid', { reason: 'wrong TOTP' });
  });
}

async function endGuessedSession(
  core: Core,
  contract: ContractPolicy,
  { session, account }: LiveSession,
): Promise<void> {
  const now = core.clock.now();
  const ids = { accountId: account.id, sessionId: session.id };
  await core.storage.transaction(async (stores) => {
    const ended = await stores.sessions.end(session.id, { now, reason: 'totp_guessed_out' });
    if (!ended) return;
    await stores.audit.record({ at: now, type: 'totp_guessed_out', ...ids, door: contract.name });
  });
  core.log.warn({ event: 'totp_guessed_out', ...ids }, 'a session ended after wrong codes in a row');
}
