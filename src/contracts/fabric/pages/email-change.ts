import type { Route } from '../../../http/index.ts';
import { wayOn } from '../../../pages/index.ts';
import type { Fabric } from '../fabric.ts';
import { linkPage } from './link-page.ts';

export const emailChangePage = (fabric: Fabric): Route[] =>
  linkPage(fabric, {
    purpose: 'email-change',
    challenge: 'email_change',
    title: 'Confirm your new address',
    explain: ({ identifier }) => `Press the button to use ${identifier.value} for your account from now on.`,
    button: 'Use this address',
    used: {
      title: 'Address changed',
      text: 'This link has done its work: the new address belongs to your account. Sign in with it.',
    },
    async act(answer) {
      await fabric.auth.confirmEmailChange(answer);
      const { value } = answer.identifier;
      const content = wayOn(fabric, `Your account now uses ${value}. Go back and sign in with it next time.`);
      return { title: 'Address changed', content };
    },
  });
