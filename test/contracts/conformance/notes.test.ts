import { conforms } from './run.ts';

conforms('notes', {
  'rotating tokens': 'its documentation lets a client keep its refresh token (decision 0013)',
  codes: 'it sends links of 256 bits only',
  'second factor': 'its documentation knows no TOTP',
});
