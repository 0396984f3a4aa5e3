import { html } from 'ghtml';
import type { SignUpLinkState } from '../../../core/auth.ts';
import { type Answer, clientOf, type Route, send } from '../../../http/index.ts';
import { page, SAME_PAGE, wayOn } from '../../../pages/index.ts';
import { fieldsOf, queryOf } from '../fields.ts';
import type { Notes } from '../notes.ts';

const PATH = '/verify';

const texts: Record<SignUpLinkState, readonly [title: string, text: string]> = {
  open: ['Verified', 'Your account is ready. Go back to where you signed up and log in.'],
  spent: ['Already Verified', 'Your account is ready, there is nothing left to do. You can log in.'],
  dead: [
    'Cannot Verify',
    'This link does not work: it has expired, or a newer one was sent. Sign up again to get a new one.',
  ],
};

function told(notes: Notes, state: SignUpLinkState): Answer {
  const [title, text] = texts[state];
  return page({ productName: notes.productName, title, content: wayOn(notes, text) });
}

function question({ productName }: Notes, token: string): Answer {
  const content = html`<p>Press the button to activate your account.</p>
<form method="post" action="${SAME_PAGE}">
<input type="hidden" name="token" value="${token}">
<button>Activate</button>
</form>`;
  return page({ productName, title: 'Activate your account', content });
}

/** Opening the link consumes nothing, since mail scanners follow links; the button posts. */
export const readVerify = (notes: Notes): Route => ({
  method: 'GET',
  path: PATH,
  async handle(request, reply) {
    const permit = await notes.throttle.permitAddress('confirm', clientOf(request));
    const { token = '' } = queryOf(request);
    const state = await notes.auth.readSignUpLink({ permit, token });
    return send(reply, state === 'open' ? question(notes, token) : told(notes, state));
  },
});

export const verify = (notes: Notes): Route => ({
  method: 'POST',
  path: PATH,
  async handle(request, reply) {
    const { auth, throttle } = notes;
    const permit = await throttle.permitAddress('confirm', clientOf(request));
    const token = fieldsOf(request).get('token') ?? '';
    return send(reply, told(notes, await auth.confirmSignUpLink({ permit, token })));
  },
});
