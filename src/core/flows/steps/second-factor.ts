import type { Account } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import type { Door } from '../../door.ts';
import { AuthError } from '../../errors.ts';
import type { Stores } from '../../storage.ts';

/** `absent`: the door asks, and the account has none; what that means, its state says. */
export type SecondFactorOutcome = 'proved' | 'absent' | 'wrong' | 'not_asked';

export interface SecondFactor {
  /** Whether a code is compared, so that the attempt is a guess at the TOTP too. */
  readonly isCompared: boolean;
  /** Called whether the password was right or not, since time must not tell; only a right password spends a code. */
  evaluate(passwordIsRight: boolean): Promise<SecondFactorOutcome>;
}

interface Asking {
  readonly door: Door;
  readonly account: Account | undefined;
  readonly totp: string | undefined;
}

/** No account and no credential has this id. */
const NOBODY = '';

/** What a password sign-in has to show beside the password, at this door and under this operator's policy. */
export function secondFactorOf(core: Core, { door, account, totp = '' }: Asking): SecondFactor | undefined {
  const { storage, clock, policy } = core;
  const accountId = account?.id ?? NOBODY;
  if (door.demands.includes('totp')) {
    const evaluate = async (passwordIsRight: boolean) => {
      const credential = await storage.totp.find(accountId);
      const { right, use } = core.totp.evaluate(credential, totp, clock.now());
      // One statement whatever was wrong: a used code, a wrong one and a wrong password cost the same.
      const credentialId = passwordIsRight && right ? use.credentialId : NOBODY;
      const spent = await storage.totp.spend({ ...use, credentialId });
      if (credential === undefined) return 'absent';
      return spent ? 'proved' : 'wrong';
    };
    return { isCompared: true, evaluate };
  }
  if (!policy.requireTotp) return undefined;
  const evaluate = async () => ((await storage.totp.find(accountId)) === undefined ? 'not_asked' : 'wrong');
  return { isCompared: false, evaluate };
}

/**
 * For sign-ins that show a code or link and nothing beside it: not at a door that demands TOTP, and under
 * `LATCHKEY_REQUIRE_TOTP=enrolled` not by an account that has it (SEC-029). Answered like a wrong code.
 * @throws AuthError `code_invalid`
 */
export async function assertOneFactorSuffices(
  core: Core,
  stores: Stores,
  { door, account }: { readonly door: Door; readonly account: Account },
): Promise<void> {
  const demanded =
    door.demands.includes('totp') ||
    (core.policy.requireTotp && (await stores.totp.find(account.id)) !== undefined);
  if (demanded) throw new AuthError('code_invalid', { reason: 'the account has TOTP' }).about(account.id);
}
