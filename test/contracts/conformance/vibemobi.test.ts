import { conforms } from './run.ts';

conforms('vibemobi', {
  'rotating tokens': 'its documentation knows no refresh',
  codes: 'it sends links of 256 bits only',
  'second factor': 'its documentation knows no TOTP',
});
