import type { LiveSession } from '../../../core/session/index.ts';
import type { SqlEngine } from '../engines/engine.ts';
import { AccessTokens } from './access-tokens.ts';
import { type AccountRow, accountColumns, toAccount } from './account-rows.ts';
import { LiveSessionCache } from './live-session-cache.ts';
import { PreparedQuery } from './prepared-query.ts';
import { RefreshExchange } from './refresh-exchange.ts';

interface LiveRow extends AccountRow {
  readonly session_id: string;
  readonly contract: string;
  readonly session_created_at: number;
  readonly expires_at: number;
  readonly wrong_codes: number;
  readonly totp_id: string | null;
  readonly totp_sealed: Uint8Array | null;
  readonly totp_key_id: string | null;
}

/** What every authorised request or refresh needs, made once for each database. */
export class SessionReads {
  readonly cache: LiveSessionCache;
  readonly findUnended;
  readonly findUnendedByToken;
  readonly exchange: RefreshExchange;
  readonly accessTokens: AccessTokens;

  constructor({ write: database, freshness }: SqlEngine) {
    this.cache = new LiveSessionCache(freshness, ({ account }) => account.id);
    const unended = database
      .selectFrom('sessions')
      .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
      .leftJoin('totp_secrets', 'totp_secrets.account_id', 'accounts.id')
      .select([
        'sessions.id as session_id',
        'sessions.contract',
        'sessions.created_at as session_created_at',
        'sessions.expires_at',
        'sessions.wrong_codes',
        'totp_secrets.id as totp_id',
        'totp_secrets.sealed as totp_sealed',
        'totp_secrets.key_id as totp_key_id',
        ...accountColumns,
      ])
      .where('sessions.ended_at', 'is', null)
      .whereRef('sessions.epoch', '=', 'accounts.epoch');
    this.findUnended = new PreparedQuery<{ id: string }, LiveRow>(({ id }) =>
      unended.where('sessions.id', '=', id),
    );
    this.findUnendedByToken = new PreparedQuery<
      { digest: Uint8Array },
      LiveRow & { readonly token_expires_at: number }
    >(({ digest }) =>
      unended
        .innerJoin('access_tokens', 'access_tokens.session_id', 'sessions.id')
        .select('access_tokens.expires_at as token_expires_at')
        .where('access_tokens.digest', '=', digest),
    );
    this.accessTokens = new AccessTokens(database, freshness);
    this.exchange = new RefreshExchange(database);
  }
}

export function toLiveSession(row: LiveRow): LiveSession {
  const session = {
    id: row.session_id,
    accountId: row.id,
    contract: row.contract,
    createdAt: row.session_created_at,
    expiresAt: row.expires_at,
    endedAt: null,
    endReason: null,
  };
  return { session, account: toAccount(row), totp: toTotp(row), wrongCodes: row.wrong_codes };
}

function toTotp({ totp_id: id, totp_sealed: bytes, totp_key_id: keyId }: LiveRow): LiveSession['totp'] {
  return id === null || bytes === null || keyId === null ? undefined : { id, secret: { keyId, bytes } };
}
