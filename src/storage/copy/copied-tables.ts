import type { TableName } from '../sql/engines/bulk.ts';
import type { Tables } from '../sql/tables/index.ts';

export interface CopiedTable {
  readonly name: TableName;
  /** Its primary key, in the order in which rows are read. */
  readonly key: readonly string[];
  /** The column that a sequence numbers. */
  readonly numbered?: string;
}

/** What triggers of the target make of the rows that arrive. */
type DerivedTable = 'account_counts';

/** In the order of their foreign keys. A table that is missing here stops the compiler. */
const keys: Record<Exclude<keyof Tables, DerivedTable>, Omit<CopiedTable, 'name'>> = {
  accounts: { key: ['number'], numbered: 'number' },
  address_undos: { key: ['sequence'], numbered: 'sequence' },
  passwords: { key: ['account_id'] },
  totp_secrets: { key: ['account_id'] },
  totp_steps: { key: ['account_id', 'step'] },
  challenges: { key: ['owner_key', 'purpose', 'channel', 'form'] },
  sessions: { key: ['id'] },
  refresh_tokens: { key: ['digest'] },
  access_tokens: { key: ['sequence'], numbered: 'sequence' },
  lockouts: { key: ['subject'] },
  quotas: { key: ['key'] },
  outbox: { key: ['sequence'], numbered: 'sequence' },
  audit_events: { key: ['sequence'], numbered: 'sequence' },
  secret_fingerprint: { key: ['id'] },
};

export const copiedTables: readonly CopiedTable[] = Object.entries(keys).map(([name, facts]) => ({
  name: name as TableName,
  ...facts,
}));

export const copiedNames = copiedTables.map(({ name }) => name);
