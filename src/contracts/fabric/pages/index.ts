/**
 * Our own pages behind Fabric's links, for operators without an app of their own. A GET consumes nothing, since
 * mail scanners follow links: it shows a button, and the button posts.
 */
import type { AuthErrorCode } from '../../../core/errors.ts';
import { formBodies, type Mount } from '../../../http/index.ts';
import { pageErrors } from '../../../pages/index.ts';
import { type Fabric, NAME } from '../fabric.ts';
import { emailChangePage } from './email-change.ts';
import { loginPage } from './login.ts';
import { passwordResetPage } from './password-reset.ts';
import { signUpPage } from './sign-up.ts';

export function linkPages(fabric: Fabric): Mount<AuthErrorCode> {
  const pages = [signUpPage, loginPage, passwordResetPage, emailChangePage];
  const routes = pages.flatMap((create) => create(fabric));
  return {
    contract: NAME,
    // The pages and nothing beside them: `/login` alone is a path that another contract may well have.
    prefixes: [...new Set(routes.map(({ path }) => path))],
    errors: pageErrors(fabric.productName),
    routes,
    bodies: formBodies,
  };
}
