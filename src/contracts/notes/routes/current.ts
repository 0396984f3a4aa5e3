import type { Route } from '../../../http/index.ts';
import { fieldsOf } from '../fields.ts';
import type { Notes } from '../notes.ts';
import { presentUser } from '../presenter.ts';
import { authenticated } from '../requests.ts';

export const current = (notes: Notes, base: string): Route => ({
  method: 'POST',
  path: `${base}/current`,
  async handle(request) {
    // Nothing in it is asked for, but a broken form is a broken request everywhere.
    fieldsOf(request);
    const { account } = await authenticated(notes, request);
    return presentUser(account);
  },
});
