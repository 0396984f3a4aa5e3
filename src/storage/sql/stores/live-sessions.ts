import type { LiveSession } from '../../../core/session/index.ts';
import type { Freshness, SqlEngine } from '../engines/engine.ts';
import { type AccountRow, accountColumns, toAccount } from './account-rows.ts';
import type { Handles } from './handles.ts';
import { PreparedQuery } from './prepared-query.ts';

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

/** A session that has not ended, with the instant at which it, or the token that led to it, expires. */
interface FoundSession {
  readonly live: LiveSession;
  readonly expiresAt: number;
}

/**
 * The read that every authorised request makes: one point query for session, account and TOTP secret, compiled once for
 * each database. What it found is kept while it is current. Reads and writes nothing else.
 */
export class LiveSessions {
  readonly #byId;
  readonly #byAccessToken;
  readonly #foundById: FoundSessions;
  readonly #foundByAccessToken: FoundSessions;

  constructor({ write: database, freshness }: SqlEngine) {
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
    this.#byId = new PreparedQuery<{ id: string }, LiveRow>(({ id }) =>
      unended.where('sessions.id', '=', id),
    );
    this.#byAccessToken = new PreparedQuery<
      { digest: Uint8Array },
      LiveRow & { readonly token_expires_at: number }
    >(({ digest }) =>
      unended
        .innerJoin('access_tokens', 'access_tokens.session_id', 'sessions.id')
        .select('access_tokens.expires_at as token_expires_at')
        .where('access_tokens.digest', '=', digest),
    );
    this.#foundById = new FoundSessions(freshness);
    this.#foundByAccessToken = new FoundSessions(freshness);
  }

  /** The session, unless it has ended or expired. */
  async findById({ read, write }: Handles, id: string, now: number): Promise<LiveSession | undefined> {
    const find = async () => {
      const [row] = await this.#byId.run(read, { id });
      return row && { live: toLiveSession(row), expiresAt: row.expires_at };
    };
    // Inside a transaction only its own connection sees what it has done.
    return unexpired(await (write.isTransaction ? find() : this.#foundById.find(id, find)), now);
  }

  /** The session of an access token, unless one of them has ended or expired. */
  async findByAccessToken(
    { read, write }: Handles,
    digest: Uint8Array,
    now: number,
  ): Promise<LiveSession | undefined> {
    const find = async () => {
      const [row] = await this.#byAccessToken.run(read, { digest });
      return row && { live: toLiveSession(row), expiresAt: Math.min(row.expires_at, row.token_expires_at) };
    };
    const key = Buffer.from(digest).toString('base64url');
    return unexpired(await (write.isTransaction ? find() : this.#foundByAccessToken.find(key, find)), now);
  }
}

function unexpired(found: FoundSession | undefined, now: number): LiveSession | undefined {
  return found !== undefined && found.expiresAt > now ? found.live : undefined;
}

function toLiveSession(row: LiveRow): LiveSession {
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

/** About a kilobyte each. */
const MOST_KEPT = 10_000;

/**
 * Sessions as they were read, by id or by token digest. Only while the engine confirms that nothing has changed
 * (`Freshness`), so a session from here is as current as one that is read (decisions 0010 and 0014).
 */
class FoundSessions {
  readonly #freshness: Freshness;
  #version: number | undefined;
  /** Counts announced changes. */
  #changes = 0;
  #kept = new Map<string, FoundSession>();
  /** The keys of an account's sessions. */
  readonly #keysOf = new Map<string, Set<string>>();

  constructor(freshness: Freshness) {
    this.#freshness = freshness;
    freshness.onChange?.((account) => this.#forget(account));
  }

  /** What is kept under the key, while that is current; otherwise what `read` finds. */
  async find(key: string, read: () => Promise<FoundSession | undefined>): Promise<FoundSession | undefined> {
    const { confirm } = this.#freshness;
    if (this.#get(key) !== undefined && (confirm === undefined || (await this.#freshness.confirm?.()))) {
      const kept = this.#get(key);
      if (kept !== undefined) return kept;
    }
    const version = this.#freshness.version();
    const changes = this.#changes;
    const found = await read();
    // What was committed during the read may or may not be in it.
    const isCurrent = version !== undefined && version === this.#version && changes === this.#changes;
    if (found !== undefined && isCurrent) this.#keep(key, found);
    return found;
  }

  #get(key: string): FoundSession | undefined {
    const version = this.#freshness.version();
    if (version !== this.#version) {
      this.#version = version;
      this.#clear();
    }
    return version === undefined ? undefined : this.#kept.get(key);
  }

  #keep(key: string, found: FoundSession): void {
    if (this.#kept.size >= MOST_KEPT) this.#clear();
    this.#kept.set(key, found);
    if (this.#freshness.onChange === undefined) return;
    const account = found.live.account.id;
    const keys = this.#keysOf.get(account) ?? new Set();
    this.#keysOf.set(account, keys.add(key));
  }

  #forget(account: string | undefined): void {
    this.#changes += 1;
    if (account === undefined) {
      this.#clear();
      return;
    }
    for (const key of this.#keysOf.get(account) ?? []) this.#kept.delete(key);
    this.#keysOf.delete(account);
  }

  #clear(): void {
    if (this.#kept.size > 0) this.#kept = new Map();
    this.#keysOf.clear();
  }
}
