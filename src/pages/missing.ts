import type { Answer } from '../http/index.ts';
import { page } from './page.ts';
import { wayOn } from './way-on.ts';

/** For a person who opens an address that no contract has. */
export function missingPage(application: {
  readonly productName: string;
  readonly appUrl?: string | undefined;
}): Answer {
  const content = wayOn(application, 'Check the address, or open the link from the message again.');
  return page({ status: 404, productName: application.productName, title: 'Nothing here', content });
}
