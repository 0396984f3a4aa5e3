import { conforms } from './run.ts';

conforms('ibanera', {
  codes: 'it sends no messages',
  challenges: 'it sends no messages',
});
