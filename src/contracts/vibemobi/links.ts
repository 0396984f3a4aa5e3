import type { VibeMobi } from './vibemobi.ts';

export const RESET_PATH = '/reset-password';

/** `…/reset-password?token=…`, at the operator's app or at our own page. The token says nothing of whose it is. */
export function recoveryLink({ appUrl, publicUrl }: Pick<VibeMobi, 'appUrl' | 'publicUrl'>) {
  return (token: string): string => `${appUrl ?? publicUrl}${RESET_PATH}?token=${token}`;
}
