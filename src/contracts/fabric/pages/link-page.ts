import type { FastifyRequest } from 'fastify';
import { html } from 'ghtml';
import { type ContactIdentifier, parseContact } from '../../../core/account/index.ts';
import type { ContractInput } from '../../../core/auth.ts';
import type { ChallengePurpose } from '../../../core/challenge/index.ts';
import { AuthError } from '../../../core/errors.ts';
import type { AddressPermit } from '../../../core/throttle/index.ts';
import { type Answer, clientOf, type Route, send } from '../../../http/index.ts';
import { page, SAME_PAGE, wayOn } from '../../../pages/index.ts';
import type { Fabric } from '../fabric.ts';
import type { LinkPurpose } from '../links.ts';

type Fields = Readonly<Record<string, string>>;

/** What a link carries. */
export interface LinkFields {
  readonly identifier: ContactIdentifier;
  readonly code: string;
}

export interface LinkPage {
  readonly purpose: LinkPurpose;
  readonly challenge: ChallengePurpose;
  readonly title: string;
  /** What the page says before the button. */
  readonly explain: (link: LinkFields) => string;
  readonly button: string;
  /** What the page says when the link has been used: that is no fault. */
  readonly used: { readonly title: string; readonly text: string };
  /** More inputs than the button, as markup. */
  readonly inputs?: string;
  /** Answers the challenge; what it returns is shown. May throw AuthError. */
  readonly act: (
    answer: ContractInput<'confirmSignIn'>,
    fields: Fields,
  ) => Promise<{ title: string; content: string }>;
  /** What is wrong with what was typed, if that is why `act` refused: the form is shown again. */
  readonly complaint?: (error: AuthError) => string | undefined;
}

/** A link whose parts are missing or impossible is one that does not work, whatever is wrong with it. */
function readLink(fields: unknown): LinkFields {
  const { identifier, code } = (fields ?? {}) as Record<string, unknown>;
  if (typeof identifier !== 'string' || typeof code !== 'string') throw new AuthError('code_invalid');
  return { identifier: parseContact(identifier), code };
}

function form(fabric: Fabric, described: LinkPage, link: LinkFields, complaint?: string): Answer {
  const { title, explain, inputs = '', button } = described;
  const content = html`<p>${explain(link)}</p>
!${complaint === undefined ? '' : html`<p class="wrong" role="alert">${complaint}</p>`}
<form method="post" action="${SAME_PAGE}">
<input type="hidden" name="identifier" value="${link.identifier.value}">
<input type="hidden" name="code" value="${link.code}">
!${inputs}
<button>${button}</button>
</form>`;
  const status = complaint === undefined ? 200 : 400;
  return page({ status, productName: fabric.productName, title, content });
}

/** A page and the post of its button. */
export function linkPage(fabric: Fabric, described: LinkPage): Route[] {
  const path = `/${described.purpose}/verify`;
  const { auth, throttle, productName } = fabric;
  const { challenge: purpose, complaint, used } = described;

  const readState = (permit: AddressPermit<'confirm'>, { identifier, code }: LinkFields) =>
    auth.readLink({ permit, purpose, token: code, identifier });

  const usedBefore = () => page({ productName, title: used.title, content: wayOn(fabric, used.text) });

  /** Looks, and consumes nothing. */
  async function show(request: FastifyRequest): Promise<Answer> {
    const permit = await throttle.permitAddress('confirm', clientOf(request));
    const link = readLink(request.query);
    const state = await readState(permit, link);
    if (state === 'spent') return usedBefore();
    if (state === 'dead') throw new AuthError('code_invalid');
    return form(fabric, described, link);
  }

  async function act(request: FastifyRequest): Promise<Answer> {
    const address = await throttle.permitAddress('confirm', clientOf(request));
    const fields = (request.body ?? {}) as Fields;
    const { identifier = '' } = fields;
    const permit = await throttle.permitIdentifier(address, { purpose, identifier });
    const link = readLink(fields);
    try {
      return page({ productName, ...(await described.act({ permit, ...link }, fields)) });
    } catch (error) {
      const typedWrong = error instanceof AuthError ? complaint?.(error) : undefined;
      if (typedWrong === undefined) {
        const isRefused = error instanceof AuthError && error.code === 'code_invalid';
        if (isRefused && (await readState(permit, link)) === 'spent') return usedBefore();
        throw error;
      }
      return form(fabric, described, link, typedWrong);
    }
  }

  return [
    { method: 'GET', path, handle: async (request, reply) => send(reply, await show(request)) },
    { method: 'POST', path, handle: async (request, reply) => send(reply, await act(request)) },
  ];
}
