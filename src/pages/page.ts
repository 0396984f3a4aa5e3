import { createHash } from 'node:crypto';
import { html } from 'ghtml';
import type { Answer } from '../http/index.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#1f2937;--faint:#5b6472;--line:#d4d8de;--card:#fff;--page:#f4f4f5;--accent:#1d4ed8;--wrong:#b42318}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--faint:#a0a8b4;--line:#3a424f;--card:#1b1f27;--page:#0f1216;--accent:#2d63e8;--wrong:#ff8a7a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:16px;background:var(--page);color:var(--ink);font:17px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{width:100%;max-width:420px;padding:28px 24px;background:var(--card);border:1px solid var(--line);border-radius:16px}
.product{margin:0 0 20px;color:var(--faint);font-size:15px;font-weight:600}
h1{margin:0 0 12px;font-size:24px;line-height:1.25}
p{margin:0 0 16px;overflow-wrap:anywhere}
.faint{color:var(--faint);font-size:15px}
.wrong{color:var(--wrong);font-weight:600}
label{display:block;margin:0 0 16px;font-weight:600}
input{display:block;width:100%;margin-top:6px;padding:12px;border:1px solid var(--line);border-radius:10px;background:transparent;color:inherit;font:inherit}
button,.button{display:block;width:100%;padding:14px;border:0;border-radius:10px;background:var(--accent);color:#fff;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.code{margin:20px 0;text-align:center;font:700 40px/1.2 ui-monospace,SFMono-Regular,Menlo,monospace;letter-spacing:8px;user-select:all}
`;

/** Nothing runs, nothing loads, nothing frames it; the one style sheet is allowed by its digest. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  // The address holds a live token: nobody a person goes to from here may learn it (SEC-074).
  'referrer-policy': 'no-referrer',
};

/**
 * The action of a form that posts to its own page. Right with and without a trailing slash, wherever a proxy has put the
 * page, and without what the address says of the token.
 */
export const SAME_PAGE = '?';

export interface Page {
  readonly status?: number;
  readonly productName: string;
  readonly title: string;
  /** Markup that was escaped where it was made, with `html` from ghtml. */
  readonly content: string;
}

/** A page that works without JavaScript and on a phone. */
export function page({ status = 200, productName, title, content }: Page): Answer {
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${productName}</title>
<style>!${STYLE}</style>
</head>
<body>
<main>
<p class="product">${productName}</p>
<h1>${title}</h1>
!${content}
</main>
</body>
</html>
`;
  return { status, body, headers: HEADERS, contentType: 'text/html; charset=utf-8' };
}
