import { AuthError } from '../../core/errors.ts';
import type { VibeMobi } from './vibemobi.ts';

/** A challenge's id and its secret: the token alone must find what it is for, and say nothing of whose it is. */
const TOKEN = /^([\da-f]{32})([\w-]{43})$/;

export const RESET_PATH = '/reset-password';

/** `…/reset-password?token=…`, at the operator's app or at our own page. */
export function recoveryLink({ appUrl, publicUrl }: Pick<VibeMobi, 'appUrl' | 'publicUrl'>) {
  return (secret: string, challengeId: string): string =>
    `${appUrl ?? publicUrl}${RESET_PATH}?token=${challengeId.replaceAll('-', '')}${secret}`;
}

/** @throws AuthError `code_invalid` for what cannot be a token of ours */
export function readRecoveryToken(token: string): { readonly challengeId: string; readonly code: string } {
  const [, id = '', code = ''] = TOKEN.exec(token) ?? [];
  if (code === '') throw new AuthError('code_invalid', { reason: 'not a token' });
  return { challengeId: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), code };
}
