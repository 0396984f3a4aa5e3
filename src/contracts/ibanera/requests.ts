import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { type Identifier, parseLogin } from '../../core/account/index.ts';
import { AuthError, type AuthErrorCode } from '../../core/errors.ts';
import type { AuthenticatedSession } from '../../core/session/index.ts';
import { isSixDigits } from '../../crypto/typed-code.ts';
import { readBearer } from '../../http/index.ts';
import type { Complaint } from './envelope.ts';
import { HeadersRefused } from './errors.ts';
import type { Ibanera } from './ibanera.ts';

const LONGEST_NAME = 320;

/**
 * Whatever a username field may hold. A text that can be no identifier finds nobody, at the same cost and with the
 * same answer as one that could be; nobody's username begins with a space.
 */
export function readLogin(text: string): Identifier {
  try {
    return parseLogin(text);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    // JSON escapes what a database may be unable to hold.
    const key = ` ${JSON.stringify(text.slice(0, LONGEST_NAME))}`;
    return { kind: 'username', value: key, key };
  }
}

/** What the refusal of a token means for the Authorization header. */
const onAuthorization: Partial<Record<AuthErrorCode, string>> = {
  token_missing: 'Required',
  token_expired: 'Expired',
  token_invalid: 'Invalid',
  token_wrong_kind: 'Invalid',
  account_gone: 'Invalid',
};

/** Node reads the bytes of a header as Latin-1; digits of other scripts are sent in UTF-8. */
function textOf(header: string): string {
  const bytes = Buffer.from(header, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : header;
}

/** Who sent an authorised request: both headers, on each (README.md). */
export async function authenticated(
  { auth }: Ibanera,
  { raw }: Pick<FastifyRequest, 'raw'>,
): Promise<AuthenticatedSession> {
  const { authorization = '', otp = '' } = raw.headers;
  // Sent twice, the two are one text with a comma, which is no code.
  const totp = otp === '' ? undefined : textOf(String(otp));
  try {
    const token = readBearer(raw);
    return await auth.authenticate({ token, ...(totp !== undefined && { totp }) });
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const tokenFault = onAuthorization[error.code];
    const totpIsWrong = error.code === 'totp_invalid';
    if (tokenFault === undefined && !totpIsWrong) throw error;
    const complaints: Complaint[] = [];
    if (tokenFault !== undefined) {
      // Another scheme than Bearer is there, and no good.
      const messageCode = tokenFault === 'Required' && authorization !== '' ? 'Invalid' : tokenFault;
      complaints.push({ fieldName: 'Authorization', messageCode });
    }
    if (totp === undefined) complaints.push({ fieldName: 'otp', messageCode: 'Required' });
    else if (totpIsWrong || !isSixDigits(totp)) complaints.push({ fieldName: 'otp', messageCode: 'Invalid' });
    throw new HeadersRefused(error, complaints);
  }
}
