import type { Insertable } from 'kysely';
import type { AuditEvent, AuditStore } from '../../../core/audit/index.ts';
import type { AuditEventsTable } from '../tables/index.ts';
import { affected, type Handles } from './handles.ts';
import { prepared } from './prepared-query.ts';

type Row = Omit<Insertable<AuditEventsTable>, 'sequence'>;

const insertEvent = prepared<{ [Column in keyof Row]-?: Row[Column] }, object>((database, row) =>
  database.insertInto('audit_events').values({
    at: row.at,
    type: row.type,
    account_id: row.account_id,
    session_id: row.session_id,
    door: row.door,
    actor: row.actor,
    address: row.address,
    detail: row.detail,
  }),
);

export function auditStore({ read, write, engine }: Handles): AuditStore {
  return {
    async record(event) {
      await insertEvent(engine).run(write, {
        at: event.at,
        type: event.type,
        account_id: event.accountId ?? null,
        session_id: event.sessionId ?? null,
        door: event.door,
        actor: event.actor ?? null,
        address: event.address ?? null,
        detail: event.detail === undefined ? null : JSON.stringify(event.detail),
      });
    },

    async purge(before, limit) {
      const over = write.selectFrom('audit_events').select('sequence').where('at', '<', before).limit(limit);
      return affected(
        await write.deleteFrom('audit_events').where('sequence', 'in', over).executeTakeFirst(),
      );
    },

    async list({ accountId, type, since, limit }) {
      let query = read.selectFrom('audit_events').selectAll().limit(limit);
      // Every index of this table ends with the time; the sequence orders events of the same millisecond.
      query = query.orderBy('at', 'desc').orderBy('sequence', 'desc');
      if (accountId !== undefined) query = query.where('account_id', '=', accountId);
      if (type !== undefined) query = query.where('type', '=', type);
      if (since !== undefined) query = query.where('at', '>=', since);
      const rows = await query.execute();
      return rows.map(
        (row): AuditEvent => ({
          at: row.at,
          type: row.type,
          door: row.door,
          ...(row.account_id !== null && { accountId: row.account_id }),
          ...(row.session_id !== null && { sessionId: row.session_id }),
          ...(row.actor !== null && { actor: row.actor }),
          ...(row.address !== null && { address: row.address }),
          ...(row.detail !== null && { detail: JSON.parse(row.detail) }),
        }),
      );
    },
  };
}
