import type { Core } from '../../core.ts';
import type { Door } from '../../door.ts';
import { AuthError } from '../../errors.ts';
import type { LiveSession } from '../../session/index.ts';

/** Wrong codes in a row that end a session. Not its account's lockout: a stolen token must not lock its owner out. */
const WRONG_CODES_THAT_END = 5;

interface Shown {
  readonly door: Door;
  readonly live: LiveSession;
  readonly totp: string | undefined;
}

/**
 * A code beside an access token: good for every request of its window, so nothing is spent. A right one, which
 * nearly all are, writes nothing; anything else is decided in turn, counted in the store before it is evaluated,
 * so that parallel guesses cannot overrun the session's budget (SEC-036).
 *
 * @throws AuthError `totp_invalid`; `token_invalid` when the session has had its wrong codes
 */
export async function proveSessionTotp(core: Core, { door, live, totp }: Shown): Promise<void> {
  if (totp === undefined) throw new AuthError('totp_invalid', { reason: 'none was sent' });
  const { storage, clock, turns } = core;
  const { id } = live.session;
  const isRight = () => core.totp.evaluate(live.totp, totp, clock.now()).right;
  if (live.wrongCodes === 0 && !turns.isTaken(id) && isRight()) return;

  await turns.take(id, async () => {
    const now = clock.now();
    const counted = await storage.sessions.countWrongCode(id, { limit: WRONG_CODES_THAT_END, now });
    if (counted === undefined) throw new AuthError('token_invalid', { reason: 'the session is over' });
    if (isRight()) return storage.sessions.clearWrongCodes(id);
    if (counted >= WRONG_CODES_THAT_END) await end(core, door, live);
    throw new AuthError('totp_invalid', { reason: 'wrong TOTP' });
  });
}

async function end(core: Core, door: Door, { session, account }: LiveSession): Promise<void> {
  const now = core.clock.now();
  const ids = { accountId: account.id, sessionId: session.id };
  await core.storage.transaction(async (stores) => {
    const ended = await stores.sessions.end(session.id, { now, reason: 'totp_guessed_out' });
    if (!ended) return;
    await stores.audit.record({ at: now, type: 'totp_guessed_out', ...ids, door: door.contract });
  });
  core.log.warn({ event: 'totp_guessed_out', ...ids }, 'a session ended after wrong codes in a row');
}
