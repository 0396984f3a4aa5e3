import type { Account, ContactIdentifier } from '../../account/index.ts';
import { type Actor, type AuditEventType, actedBy } from '../../audit/index.ts';
import { targetsOf } from '../../authentication/challenge.ts';
import type { Challenge, ChallengeForm, ChallengePurpose } from '../../challenge/index.ts';
import type { ContractPolicy } from '../../contract-policy.ts';
import type { Core } from '../../core.ts';
import { channelOf, type Message, type MessageTopic } from '../../message/index.ts';
import type { Stores } from '../../storage.ts';
import type { Client } from '../../throttle/index.ts';
import { countersOf, countInAll, type IdentifierBudget } from './counters.ts';

/** How a secret should reach its owner. */
export interface ChallengeDelivery {
  readonly form: ChallengeForm;
  /** The absolute URL that carries a link's token. */
  readonly link: (token: string) => string;
}

interface AskedChallenge {
  readonly contract: ContractPolicy;
  readonly purpose: ChallengePurpose;
  readonly to: ContactIdentifier;
  readonly delivery: ChallengeDelivery;
}

/** Asked for by a client that has proved nothing, or by an operator. */
export type ChallengeRequest = AskedChallenge & ({ readonly client: Client } | { readonly actor: Actor });

type ChallengeOwner = Pick<Account, 'id' | 'epoch'>;

/** Builds a challenge and the message that carries its secret; keeps and sends nothing yet. Without an owner a decoy. */
function build(
  core: Core,
  request: ChallengeRequest,
  { owner, ownerKey }: { readonly owner?: ChallengeOwner; readonly ownerKey: string },
): [Challenge, Message] {
  const { contract, purpose, to, delivery } = request;
  const { form, link } = delivery;
  const createdAt = core.clock.now();
  const expiresAt = createdAt + contract.challengeMs[form];
  const channel = channelOf(to);
  const secret = core.challengeSecrets.make(form);
  const binding = { id: core.random.uuid(), ownerKey, purpose, channel };
  const secretDigest = core.challengeSecrets.digest(form, secret, { ...binding, contract: contract.name });
  const name = core.nameOf(to.key);
  const challenge = {
    ...binding,
    accountId: owner?.id ?? null,
    // Who was asked for without an account is not kept in clear.
    target: owner === undefined ? name : to.key,
    address: owner === undefined ? '' : to.value,
    form,
    secretDigest,
    epoch: owner?.epoch ?? 0,
    createdAt,
    expiresAt,
  };
  const carried = form === 'code' ? { code: secret } : { link: link(secret) };
  return [challenge, { channel, topic: purpose, to: to.value, expiresAt, ...carried }];
}

/** One client network may use up a third of the messages to an identifier. */
const NETWORK_PARTS = 3;

/**
 * What a message counts against. Recovery by link has a reserve beside the budget of all other messages, which no use of
 * codes and other messages touches. The reserve cannot shut its owner out either: it never counts for longer than a link
 * works, so that as long as it is used up the newest link that was sent is good (SEC-013, decision 0019).
 */
function budgetFor(
  { policy: { messages } }: Core,
  { purpose, delivery, contract }: Pick<ChallengeRequest, 'purpose' | 'delivery' | 'contract'>,
): IdentifierBudget {
  if (purpose !== 'password_recovery' || delivery.form !== 'link') {
    return { name: 'messages', windows: messages, parts: NETWORK_PARTS };
  }
  const windows = messages.map((quota) => ({
    ...quota,
    windowMs: Math.min(quota.windowMs, contract.challengeMs.link),
  }));
  // Contracts whose links live equally long share one reserve.
  const name = `recovery-links:${windows.map(({ windowMs }) => windowMs).join()}`;
  return { name, windows, parts: NETWORK_PARTS };
}

/**
 * Budgets limit what strangers can send to an identifier. A message that an operator requests counts against none.
 * @throws AuthError `throttled` when the identifier has had its share; rolls the caller's transaction back
 */
async function countMessage(core: Core, stores: Stores, request: ChallengeRequest): Promise<void> {
  if ('actor' in request) return;
  const counters = countersOf(core, budgetFor(core, request), {
    identifier: request.to,
    client: request.client,
  });
  await countInAll(core, stores, counters, 'messages');
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
    ...('actor' in request
      ? actedBy(request.actor)
      : { door: request.contract.name, address: request.client.address }),
    detail: {
      purpose: request.purpose,
      form: request.delivery.form,
      known: owner !== undefined,
      ...('actor' in request && { contract: request.contract.name }),
    },
    ...(owner !== undefined && { accountId: owner.id }),
  });
}

/**
 * Only the newest of each form counts: of the account's own, and of all that ask to move to one address. A guess is
 * compared with one secret, however many ask (SEC-018). For all other purposes a target is one account's.
 */
async function putNewest(
  core: Core,
  { challenges }: Stores,
  { to }: ChallengeRequest,
  challenge: Challenge,
): Promise<void> {
  await challenges.put(challenge);
  if (challenge.purpose === 'email_change') await challenges.cancelRivals(challenge, targetsOf(core, to));
}

/** In the caller's transaction: the challenge, which replaces the one before, and the message that carries it. */
export async function issueChallenge(
  core: Core,
  stores: Stores,
  request: ChallengeRequest,
  owner: ChallengeOwner,
): Promise<void> {
  const [challenge, message] = build(core, request, { owner, ownerKey: owner.id });
  await countMessage(core, stores, request);
  await putNewest(core, stores, request, challenge);
  await stores.outbox.add(core.outbox.entry(message, challenge.id));
  await record(core, stores, request, owner);
}

/**
 * For an identifier that must not be told apart from one that has an account: the same statements, with a decoy in the
 * place of the challenge and of the message (SEC-004, SEC-006). With `notice` the owner hears that somebody tried.
 * `asker` is who asked, where the challenge would have been theirs: the decoy replaces the one before.
 */
export async function issueNothing(
  core: Core,
  stores: Stores,
  request: ChallengeRequest,
  { notice, asker }: { readonly notice?: MessageTopic | undefined; readonly asker?: ChallengeOwner } = {},
): Promise<void> {
  const [challenge, message] = build(core, request, { ownerKey: asker?.id ?? core.nameOf(request.to.key) });
  await countMessage(core, stores, request);
  await putNewest(core, stores, request, challenge);
  const { channel, to } = message;
  await stores.outbox.add(
    notice === undefined
      ? core.outbox.decoy(message, challenge.id)
      : core.outbox.entry({ channel, to, topic: notice }),
  );
  await record(core, stores, request);
}
