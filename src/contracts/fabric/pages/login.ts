import { html } from 'ghtml';
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
    async act(answer) {
      const { code, expiresAt } = await fabric.auth.approveSignIn(answer);
      const minutes = Math.max(1, Math.floor((expiresAt - fabric.clock.now()) / 60_000));
      const content = html`<p>Type this code where you are signing in:</p>
<p class="code">${code}</p>
<p class="faint">It works once, for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}. Give it to nobody.</p>`;
      return { title: 'Your code', content };
    },
  });
