import type { Route } from '../../../http/index.ts';
import { wayOn } from '../../../pages/index.ts';
import type { Fabric } from '../fabric.ts';
import { linkPage } from './link-page.ts';

export const signUpPage = (fabric: Fabric): Route[] =>
  linkPage(fabric, {
    purpose: 'signup',
    challenge: 'sign_up',
    title: 'Confirm your sign-up',
    explain: ({ identifier }) => `Press the button to confirm that ${identifier.value} is yours.`,
    button: 'Confirm',
    used: {
      title: 'Already confirmed',
      text: 'Your account is confirmed. Go back to where you signed up and sign in.',
    },
    async act(answer) {
      await fabric.auth.confirmSignUp(answer);
      const content = wayOn(fabric, 'Your account is ready. Go back to where you signed up and sign in.');
      return { title: 'All set', content };
    },
  });
