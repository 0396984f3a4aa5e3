import type { ContractInput } from '../../../core/auth.ts';
import type { ChallengePurpose } from '../../../core/challenge/index.ts';
import type { Route } from '../../../http/index.ts';
import { messageBody } from '../bodies.ts';
import type { Fabric } from '../fabric.ts';
import type { LinkPurpose } from '../links.ts';
import { readDelivery, readRecipient, sent } from '../message-request.ts';
import { permitFor } from '../requests.ts';
import { readBody } from '../validation.ts';

interface MessageRoute {
  readonly path: string;
  readonly purpose: ChallengePurpose;
  readonly link: LinkPurpose;
  readonly request: (demand: ContractInput<'requestSignIn'>) => Promise<void>;
}

/** The three endpoints that send a message to an identifier and differ in nothing but what it is for. */
export const messageRoute = (fabric: Fabric, { path, purpose, link, request: ask }: MessageRoute): Route => ({
  method: 'POST',
  path,
  async handle(request) {
    const permit = await permitFor(fabric, request, { kind: 'message', purpose });
    const body = readBody(messageBody, request.body);
    const identifier = readRecipient(fabric, body, body.identifier);
    const delivery = readDelivery(fabric, body, { purpose: link, to: identifier });
    await ask({ permit, identifier, delivery });
    return sent(body);
  },
});
