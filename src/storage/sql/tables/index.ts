/**
 * The shape of the database as TypeScript sees it; migrations/ make it so. Owns names and types of columns, which
 * are the same on every engine: instants are epoch milliseconds, flags 0 or 1, secrets digests or sealed bytes.
 */
import type { Generated } from 'kysely';
import type { ActorName, AuditEventType } from '../../../core/audit/index.ts';
import type { ChallengeForm, ChallengePurpose } from '../../../core/challenge/index.ts';
import type { ChannelKind, JobKind, OutboxState } from '../../../core/message/index.ts';
import type { SessionEndReason } from '../../../core/session/index.ts';

export type Flag = 0 | 1;

export interface AccountsTable {
  number: Generated<number>;
  id: string;
  username: string | null;
  /** The `_key` columns hold the look-up form and are unique. */
  username_key: string | null;
  email: string | null;
  email_key: string | null;
  /** E.164 is its own key. */
  phone: string | null;
  full_name: string | null;
  given_name: string | null;
  family_name: string | null;
  birth_date: string | null;
  bio: string | null;
  is_superuser: Flag;
  is_staff: Flag;
  created_at: number;
  activated_at: number | null;
  email_verified_at: number | null;
  phone_verified_at: number | null;
  first_proved_at: number | null;
  disabled_at: number | null;
  last_seen_at: number | null;
  epoch: Generated<number>;
  /** The `sign_up_` columns are set while a sign-up is pending. The key of the address that it is for; unique. */
  sign_up_target: string | null;
  /** The same address as it is written to. */
  sign_up_address: string | null;
  sign_up_contract: string | null;
  /** The client's network. */
  sign_up_network: string | null;
  sign_up_contested: Flag | null;
}

/** Links that undo a change of address. */
export interface AddressUndosTable {
  /** Order of issue. */
  sequence: Generated<number>;
  account_id: string;
  /** The former address, and its look-up key. */
  email: string;
  email_key: string;
  secret_digest: Uint8Array;
  expires_at: number;
}

/** How many accounts there are, in parts. Triggers keep it. */
export interface AccountCountsTable {
  shard: Generated<number>;
  accounts: number;
}

export interface PasswordsTable {
  account_id: string;
  hash: string;
  set_at: number;
}

export interface TotpSecretsTable {
  account_id: string;
  /** Of this enrolment; sealed for it. */
  id: string;
  sealed: Uint8Array;
  /** The key that sealed it. */
  key_id: string;
  enrolled_at: number;
}

export interface TotpStepsTable {
  account_id: string;
  /** The time step whose code was spent. */
  step: number;
}

export interface ChallengesTable {
  /** The account's id, or in a decoy the keyed name of the identifier. Unique with purpose, channel and form. */
  owner_key: string;
  purpose: ChallengePurpose;
  channel: ChannelKind;
  form: ChallengeForm;
  id: string;
  /** Null in a decoy. */
  account_id: string | null;
  target: string;
  address: string;
  secret_digest: Uint8Array;
  epoch: number;
  tries: number;
  created_at: number;
  expires_at: number;
  consumed_at: number | null;
}

export interface SessionsTable {
  id: string;
  account_id: string;
  contract: string;
  epoch: number;
  created_at: number;
  expires_at: number;
  ended_at: number | null;
  end_reason: SessionEndReason | null;
  /** Sent beside its access token since the last right one. */
  wrong_codes: Generated<number>;
  /** Epoch milliseconds; null for sessions from before migration 0014. */
  auth_time: number | null;
  /** RFC 8176 values, separated by spaces; null for sessions from before migration 0014. */
  amr: string | null;
  /** Of the client that signed in; null for sessions from before migration 0013. */
  address: string | null;
  user_agent: string | null;
}

export interface RefreshTokensTable {
  digest: Uint8Array;
  session_id: string;
  issued_at: number;
  expires_at: number;
  exchanged_at: number | null;
  /** The token it was exchanged for. */
  successor_digest: Uint8Array | null;
}

/** Of contracts whose access tokens say nothing by themselves. */
export interface AccessTokensTable {
  /** Order of issue. */
  sequence: Generated<number>;
  digest: Uint8Array;
  session_id: string;
  expires_at: number;
}

export interface LockoutsTable {
  subject: string;
  /** In a row since the last success or lock. */
  failures: number;
  /** Since the last success. */
  total: number;
  locked_until: number | null;
  touched_at: number;
  /** Attempts that are reserved and not settled. */
  in_flight: Generated<number>;
  /** When all of them have expired. */
  in_flight_until: number | null;
  /** Grows when reservations expire, so that a late settlement is recognised. */
  generation: Generated<number>;
}

export interface QuotasTable {
  key: string;
  used: number;
  window_ends_at: number;
}

export interface OutboxTable {
  /** Order of arrival. */
  sequence: Generated<number>;
  id: string;
  /** The kind of job. */
  channel: JobKind;
  state: OutboxState;
  sealed: Uint8Array | null;
  attempts: Generated<number>;
  created_at: number;
  expires_at: number;
  next_attempt_at: number;
  claimed_until: number | null;
  /** The process that is delivering it. */
  claimed_by: string | null;
  /** Keyed digest of the address; null once settled. */
  recipient: string | null;
  /** Null for messages that carry no code or link of a challenge. */
  challenge_id: string | null;
  settled_at: number | null;
  failure: string | null;
}

export interface AuditEventsTable {
  sequence: Generated<number>;
  at: number;
  type: AuditEventType;
  account_id: string | null;
  session_id: string | null;
  door: string;
  /** Who acted; null for events of flows that take no actor. */
  actor: ActorName | null;
  address: string | null;
  /** JSON object of small facts. */
  detail: string | null;
}

/** The fingerprint of the database's root secret; at most one row. */
export interface SecretFingerprintTable {
  id: number;
  fingerprint: string;
  recorded_at: number;
}

export interface Tables {
  accounts: AccountsTable;
  address_undos: AddressUndosTable;
  account_counts: AccountCountsTable;
  passwords: PasswordsTable;
  totp_secrets: TotpSecretsTable;
  totp_steps: TotpStepsTable;
  challenges: ChallengesTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  access_tokens: AccessTokensTable;
  lockouts: LockoutsTable;
  quotas: QuotasTable;
  outbox: OutboxTable;
  audit_events: AuditEventsTable;
  secret_fingerprint: SecretFingerprintTable;
}
