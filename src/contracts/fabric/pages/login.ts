import { html } from 'ghtml';
import { validFor } from '../../../core/words.ts';
import type { Route } from '../../../http/index.ts';
import type { Fabric } from '../fabric.ts';
import { linkPage } from './link-page.ts';

export const loginPage = (fabric: Fabric): Route[] =>
  linkPage(fabric, {
    purpose: 'login',
    challenge: 'sign_in',
    title: 'Sign in?',
    explain: ({ identifier }) =>
      `Press the button if you are signing in as ${identifier.value}. You get a code to type there.`,
    button: 'Yes, it is me',
    used: {
      title: 'This link was used',
      text: 'Type the code that it showed where you are signing in. If you do not have it any more, start the sign-in again.',
    },
    async act(answer) {
      const { code, expiresAt } = await fabric.auth.approveSignIn(answer);
      const content = html`<p>Type this code where you are signing in:</p>
<p class="code">${code}</p>
<p class="faint">It works once, for ${validFor(expiresAt - fabric.clock.now())}. Do not share it.</p>`;
      return { title: 'Your code', content };
    },
  });
