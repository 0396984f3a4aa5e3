CREATE TABLE "access_tokens" (
  "sequence" integer primary key autoincrement,
  "digest" blob not null unique,
  "session_id" text not null references "sessions" ("id") on delete cascade,
  "expires_at" integer not null
);

CREATE INDEX "access_tokens_by_expiry" on "access_tokens" ("expires_at");

CREATE INDEX "access_tokens_by_session" on "access_tokens" ("session_id", "sequence");

CREATE TABLE "account_counts" (
  "shard" integer primary key,
  "accounts" integer not null
);

CREATE TRIGGER accounts_counted_on_delete after delete on accounts begin update account_counts set accounts = accounts - 1; end;

CREATE TRIGGER accounts_counted_on_insert after insert on accounts begin update account_counts set accounts = accounts + 1; end;

CREATE TABLE "accounts" (
  "number" integer primary key autoincrement,
  "id" text not null unique,
  "username" text,
  "username_key" text unique,
  "email" text,
  "email_key" text unique,
  "phone" text unique,
  "full_name" text,
  "given_name" text,
  "family_name" text,
  "birth_date" text,
  "bio" text,
  "is_superuser" integer not null,
  "is_staff" integer not null,
  "created_at" integer not null,
  "activated_at" integer,
  "email_verified_at" integer,
  "phone_verified_at" integer,
  "disabled_at" integer,
  "last_seen_at" integer,
  "epoch" integer default 0 not null,
  "first_proved_at" integer,
  "sign_up_target" text,
  "sign_up_address" text,
  "sign_up_contract" text,
  "sign_up_network" text,
  "sign_up_contested" integer
);

CREATE INDEX "accounts_by_number" on "accounts" ("number");

CREATE UNIQUE INDEX "accounts_by_sign_up_target" on "accounts" ("sign_up_target") where "sign_up_target" is not null;

CREATE INDEX "accounts_pending" on "accounts" ("created_at") where "activated_at" is null;

CREATE TABLE "address_undos" (
  "sequence" integer primary key autoincrement,
  "account_id" text not null references "accounts" ("id") on delete cascade,
  "email" text not null,
  "email_key" text not null,
  "secret_digest" blob not null unique,
  "expires_at" integer not null
);

CREATE INDEX "address_undos_by_account" on "address_undos" ("account_id", "sequence");

CREATE INDEX "address_undos_by_expiry" on "address_undos" ("expires_at");

CREATE TABLE "audit_events" (
  "sequence" integer primary key autoincrement,
  "at" integer not null,
  "type" text not null,
  "account_id" text,
  "session_id" text,
  "door" text not null,
  "address" text,
  "detail" text,
  "actor" text
);

CREATE INDEX "audit_events_by_account" on "audit_events" ("account_id", "at");

CREATE INDEX "audit_events_by_account_and_type" on "audit_events" ("account_id", "type", "at");

CREATE INDEX "audit_events_by_time" on "audit_events" ("at");

CREATE INDEX "audit_events_by_type" on "audit_events" ("type", "at");

CREATE TABLE "challenges" (
  "owner_key" text not null,
  "purpose" text not null,
  "channel" text not null,
  "form" text not null,
  "id" text not null unique,
  "account_id" text references "accounts" ("id") on delete cascade,
  "target" text not null,
  "address" text not null,
  "secret_digest" blob not null,
  "epoch" integer not null,
  "tries" integer not null,
  "created_at" integer not null,
  "expires_at" integer not null,
  "consumed_at" integer,
  constraint "challenges_pk" primary key ("owner_key", "purpose", "channel", "form")
);

CREATE INDEX "challenges_by_account" on "challenges" ("account_id");

CREATE INDEX "challenges_by_expiry" on "challenges" ("expires_at");

CREATE INDEX "challenges_by_secret" on "challenges" ("secret_digest");

CREATE INDEX "challenges_by_target" on "challenges" ("target", "purpose");

CREATE TABLE "lockouts" (
  "subject" text primary key,
  "failures" integer not null,
  "total" integer not null,
  "locked_until" integer,
  "touched_at" integer not null,
  "in_flight" integer default 0 not null,
  "in_flight_until" integer,
  "generation" integer default 0 not null
);

CREATE INDEX "lockouts_by_touch" on "lockouts" ("touched_at");

CREATE TABLE "outbox" (
  "sequence" integer primary key autoincrement,
  "id" text not null unique,
  "channel" text not null,
  "state" text not null,
  "sealed" blob,
  "attempts" integer default 0 not null,
  "created_at" integer not null,
  "expires_at" integer not null,
  "next_attempt_at" integer not null,
  "claimed_until" integer,
  "settled_at" integer,
  "failure" text,
  "recipient" text,
  "challenge_id" text,
  "claimed_by" text
);

CREATE INDEX "outbox_by_due" on "outbox" ("state", "next_attempt_at");

CREATE INDEX "outbox_by_recipient" on "outbox" ("recipient", "sequence") where "state" = 'pending';

CREATE INDEX "outbox_settled" on "outbox" ("created_at") where "settled_at" is not null;

CREATE TABLE "passwords" (
  "account_id" text primary key references "accounts" ("id") on delete cascade,
  "hash" text not null,
  "set_at" integer not null
);

CREATE TABLE "quotas" (
  "key" text primary key,
  "used" integer not null,
  "window_ends_at" integer not null
);

CREATE INDEX "quotas_by_end" on "quotas" ("window_ends_at");

CREATE TABLE "refresh_tokens" (
  "digest" blob primary key,
  "session_id" text not null references "sessions" ("id") on delete cascade,
  "issued_at" integer not null,
  "expires_at" integer not null,
  "exchanged_at" integer,
  "successor_digest" blob
);

CREATE INDEX "refresh_tokens_by_expiry" on "refresh_tokens" ("expires_at");

CREATE INDEX "refresh_tokens_by_session" on "refresh_tokens" ("session_id");

CREATE TABLE "secret_fingerprint" (
  "id" integer primary key,
  "fingerprint" text not null,
  "recorded_at" integer not null
);

CREATE TABLE "sessions" (
  "id" text primary key,
  "account_id" text not null references "accounts" ("id") on delete cascade,
  "contract" text not null,
  "epoch" integer not null,
  "created_at" integer not null,
  "expires_at" integer not null,
  "ended_at" integer,
  "end_reason" text,
  "wrong_codes" integer default 0 not null,
  "address" text,
  "user_agent" text,
  "auth_time" integer,
  "amr" text
);

CREATE INDEX "sessions_by_account" on "sessions" ("account_id");

CREATE INDEX "sessions_by_end" on "sessions" ("ended_at") where "ended_at" is not null;

CREATE INDEX "sessions_by_expiry" on "sessions" ("expires_at");

CREATE TABLE "totp_secrets" (
  "account_id" text primary key references "accounts" ("id") on delete cascade,
  "id" text not null unique,
  "sealed" blob not null,
  "key_id" text not null,
  "enrolled_at" integer not null
);

CREATE TABLE "totp_steps" (
  "account_id" text not null references "accounts" ("id") on delete cascade,
  "step" integer not null,
  constraint "totp_steps_pk" primary key ("account_id", "step")
);

CREATE INDEX "totp_steps_by_step" on "totp_steps" ("step");
