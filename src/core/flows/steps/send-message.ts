import { type ContactIdentifier, isNumberIn } from '../../account/index.ts';
import type { Core } from '../../core.ts';
import { AuthError } from '../../errors.ts';
import { channelOf } from '../../message/index.ts';
import type { Stores } from '../../storage.ts';
import type { Client } from '../../throttle/index.ts';
import { countInAll } from './counters.ts';

/** Counts every SMS that a request asks for. Read by the metrics. */
export const SMS_TOTAL = 'sms:total';

/**
 * Asked at the start of a request that sends a message, before anything is looked up, so that the refusal tells nothing.
 * @throws AuthError `identifier_invalid` for a phone number that no SMS may go to, `messages_unavailable`
 */
export async function assertReachable(core: Core, to: ContactIdentifier): Promise<void> {
  const { countries } = core.policy.sms;
  if (to.kind === 'phone' && countries !== undefined && !isNumberIn(to.value, countries)) {
    throw new AuthError('identifier_invalid', { kind: 'phone', reason: 'a country that no SMS goes to' });
  }
  await core.outbox.assertReady(channelOf(to));
}

/**
 * The transaction of a request that sends a message. An SMS costs money, so it is counted first: for the client network,
 * and for the whole installation. Both are counted before an account is looked up: the refusal tells nothing.
 *
 * @throws AuthError `throttled` when the network has had its share, `messages_unavailable` when the installation has had
 *   its own; whatever `work` throws
 */
export async function messageTransaction<T>(
  core: Core,
  { to, client }: { readonly to: ContactIdentifier; readonly client: Client },
  work: (stores: Stores) => Promise<T>,
): Promise<T> {
  if (channelOf(to) !== 'sms') return core.storage.transaction(work);
  let usedUpUntil: number | undefined;
  try {
    return await core.storage.transaction(async (stores) => {
      usedUpUntil = await countSms(core, stores, client);
      if (usedUpUntil === undefined) return work(stores);
      throw new AuthError('messages_unavailable', {
        retryAfterMs: usedUpUntil - core.clock.now(),
        reason: 'the SMS of this hour are used up',
      });
    });
  } catch (error) {
    if (usedUpUntil !== undefined) await warnOnce(core, usedUpUntil);
    throw error;
  }
}

/** Undefined when the SMS was counted, or when the installation may send the next one. @throws AuthError `throttled` */
async function countSms(core: Core, stores: Stores, client: Client): Promise<number | undefined> {
  const { perNetwork, total } = core.policy.sms;
  if (perNetwork !== undefined) {
    const counter = { key: `sms:network:${core.nameOf(client.subnet)}`, quota: perNetwork };
    await countInAll(core, stores, [counter], 'SMS');
  }
  if (total === undefined) return undefined;
  const outcome = await stores.quotas.count(SMS_TOTAL, total, core.clock.now());
  return outcome.kind === 'exceeded' ? outcome.retryAt : undefined;
}

/** Once in a window, over all processes: whichever of them is counted first logs it. */
async function warnOnce({ storage, clock, log, policy }: Core, until: number): Promise<void> {
  const now = clock.now();
  const outcome = await storage.quotas.count('sms:warned', { limit: 1, windowMs: until - now }, now);
  if (outcome.kind === 'exceeded') return;
  log.warn(
    { event: 'sms_budget_used_up', limit: policy.sms.total?.limit, until: new Date(until).toISOString() },
    'LATCHKEY_SMS_PER_HOUR is used up; requests for an SMS are refused until the hour ends',
  );
}
