import type { Account, ContactIdentifier } from '../../account/index.ts';
import type { AuditEventType } from '../../audit/index.ts';
import type { Challenge, ChallengeForm, ChallengePurpose } from '../../challenge/index.ts';
import type { Core } from '../../core.ts';
import type { Door } from '../../door.ts';
import { AuthError } from '../../errors.ts';
import type { ChannelKind, Message, MessageTopic } from '../../message/index.ts';
import type { Stores } from '../../storage.ts';
import type { Client } from '../../throttle/index.ts';

/** How a secret should reach its owner. */
export interface ChallengeDelivery {
  readonly form: ChallengeForm;
  /** The absolute URL that carries a link's token. */
  readonly link: (token: string) => string;
}

export interface ChallengeRequest {
  readonly door: Door;
  readonly client: Client;
  readonly purpose: ChallengePurpose;
  readonly to: ContactIdentifier;
  readonly delivery: ChallengeDelivery;
}

type ChallengeOwner = Pick<Account, 'id' | 'epoch'>;

export const channelOf = ({ kind }: ContactIdentifier): ChannelKind => (kind === 'email' ? 'email' : 'sms');

/** Builds a challenge and the message that carries its secret; keeps and sends nothing yet. */
function build(core: Core, request: ChallengeRequest, owner: ChallengeOwner): [Challenge, Message] {
  const { door, purpose, to, delivery } = request;
  const { form, link } = delivery;
  const createdAt = core.clock.now();
  const expiresAt = createdAt + door.challengeMs[form];
  const channel = channelOf(to);
  const secret = core.challengeSecrets.make(form);
  const binding = { id: core.random.uuid(), accountId: owner.id, purpose, channel };
  const secretDigest = core.challengeSecrets.digest(form, secret, { ...binding, contract: door.contract });
  const { epoch } = owner;
  const challenge = {
    ...binding,
    target: to.key,
    address: to.value,
    form,
    secretDigest,
    epoch,
    createdAt,
    expiresAt,
  };
  const carried = form === 'code' ? { code: secret } : { link: link(secret) };
  return [challenge, { channel, topic: purpose, to: to.value, expiresAt, ...carried }];
}

/** @throws AuthError `throttled` when the identifier has had its share; rolls the caller's transaction back. */
async function countMessage(core: Core, stores: Stores, to: ContactIdentifier): Promise<void> {
  for (const { name, ...quota } of core.policy.messages) {
    const now = core.clock.now();
    const outcome = await stores.quotas.count(`messages:${name}:${core.nameOf(to.key)}`, quota, now);
    if (outcome.kind === 'exceeded') {
      throw new AuthError('throttled', { retryAfterMs: outcome.retryAt - now, reason: 'messages' });
    }
  }
}

async function record(
  core: Core,
  stores: Stores,
  request: ChallengeRequest,
  owner?: ChallengeOwner,
): Promise<void> {
  const type: AuditEventType = 'challenge_issued';
  await stores.audit.record({
    at: core.clock.now(),
    type,
    door: request.door.contract,
    address: request.client.address,
    detail: { purpose: request.purpose, form: request.delivery.form, known: owner !== undefined },
    ...(owner !== undefined && { accountId: owner.id }),
  });
}

/**
 * Only the newest counts: of the account's own, and of all that ask to move to one address. A guess is compared with
 * one secret, however many ask (SEC-018). For all other purposes a target is one account's.
 */
async function putNewest({ challenges }: Stores, challenge: Challenge): Promise<void> {
  await challenges.put(challenge);
  if (challenge.purpose === 'email_change') await challenges.cancelRivals(challenge);
}

/** In the caller's transaction: the challenge, which replaces the one before, and the message that carries it. */
export async function issueChallenge(
  core: Core,
  stores: Stores,
  request: ChallengeRequest,
  owner: ChallengeOwner,
): Promise<void> {
  const [challenge, message] = build(core, request, owner);
  await countMessage(core, stores, request.to);
  await putNewest(stores, challenge);
  await stores.outbox.add(core.outbox.entry(message));
  await record(core, stores, request, owner);
}

/**
 * For an identifier that must not be told apart from one that has an account: the same work, with no challenge and
 * no message as its outcome (SEC-004). With `notice` the owner hears that somebody tried. `asker` is who asked, where
 * the challenge would have been theirs.
 */
export async function issueNothing(
  core: Core,
  stores: Stores,
  request: ChallengeRequest,
  { notice, asker }: { readonly notice?: MessageTopic | undefined; readonly asker?: ChallengeOwner } = {},
): Promise<void> {
  const [challenge, message] = build(core, request, asker ?? { id: core.random.uuid(), epoch: 0 });
  await countMessage(core, stores, request.to);
  if (asker === undefined) {
    // Stands in for the challenge: another row written.
    const forever = { limit: Number.MAX_SAFE_INTEGER, windowMs: 1 };
    await stores.quotas.count('decoy', forever, core.clock.now());
  } else {
    // Takes the place of the one before, as a real one would; nobody has its secret.
    await putNewest(stores, challenge);
  }
  const { channel, to } = message;
  await stores.outbox.add(
    notice === undefined ? core.outbox.decoy(message) : core.outbox.entry({ channel, to, topic: notice }),
  );
  await record(core, stores, request);
}
