import { conforms } from './run.ts';

conforms('fabric', {
  'hiding accounts': 'its documentation has 404 for an unknown identifier; hardened hides it, and is tested',
  'second factor': 'its documentation knows no TOTP',
});
