import { html } from 'ghtml';

/** What a page says when there is nothing left to do on it: the next step, and a way to the application if it has one. */
export function wayOn(
  { appUrl, productName }: { readonly appUrl?: string | undefined; readonly productName: string },
  nextStep: string,
): string {
  if (appUrl !== undefined) {
    return html`<p>${nextStep}</p>
<p><a class="button" href="${appUrl}">Go to ${productName}</a></p>`;
  }
  return html`<p>${nextStep}</p>
<p class="faint">You can close this page.</p>`;
}
