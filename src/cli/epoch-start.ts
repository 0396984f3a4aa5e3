import { counted } from '../core/words.ts';
import type { EpochStart, NewEpoch } from '../storage/index.ts';
import { operator } from './operator.ts';

/** What starts a new epoch at this moment. */
export async function epochStartNow(): Promise<EpochStart> {
  const [{ systemClock }, { newestTotpStepAt }] = await Promise.all([
    import('../base.ts'),
    import('../crypto/totp.ts'),
  ]);
  const now = systemClock.now();
  return { now, newestTotpStep: newestTotpStepAt(now), actor: operator() };
}

/** @param change what became of passwords and TOTP secrets */
export function epochInWords(
  { sessions, challenges, messages, lastNumber }: NewEpoch,
  change: string,
): string {
  return [
    `A new epoch: ${counted(sessions, 'session')} ended, ${counted(challenges, 'code or link', 'codes and links')} invalidated, ${counted(messages, 'message')} not sent.`,
    `The next account gets a number above ${lastNumber}.`,
    change,
  ].join('\n');
}
