import { html } from 'ghtml';
import type { Route } from '../../../http/index.ts';
import type { Fabric } from '../fabric.ts';
import { linkPage } from './link-page.ts';

export const emailChangePage = (fabric: Fabric): Route[] =>
  linkPage(fabric, {
    purpose: 'email-change',
    challenge: 'email_change',
    title: 'Confirm your new address',
    explain: ({ identifier }) => `Press the button to use ${identifier.value} for your account from now on.`,
    button: 'Use this address',
    async act(answer) {
      await fabric.auth.confirmEmailChange(answer);
      const content = html`<p>Your account now uses ${answer.identifier.value}. Sign in with it next time.</p>
<p class="faint">You can close this page.</p>`;
      return { title: 'Address changed', content };
    },
  });
