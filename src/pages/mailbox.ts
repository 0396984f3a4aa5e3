import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { html } from 'ghtml';

/** What the page needs of a message; the development mailbox in delivery/channels keeps them. */
interface MailboxMessage {
  readonly id: string;
  readonly to: string;
  readonly channel: string;
  readonly subject: string;
  readonly text: string;
  /** Empty for SMS. */
  readonly html: string;
  readonly code?: string | undefined;
  readonly link?: string | undefined;
  readonly receivedAt: number;
}

interface MailboxFilter {
  to?: string | string[];
}

const REFRESH_SECONDS = 5;

const STYLE = `
:root{color-scheme:light dark;--faint:#6b7280;--line:#e5e7eb;--card:#fff;--page:#f4f4f5;--accent:#1d4ed8}
@media (prefers-color-scheme:dark){:root{--faint:#a0a8b4;--line:#333a45;--card:#1b1f27;--page:#0f1216;--accent:#7ea6ff}}
body{margin:0;padding:16px;background:var(--page);font:16px/1.5 system-ui,sans-serif}
main{max-width:640px;margin:0 auto}
article{margin:0 0 16px;padding:16px 20px;background:var(--card);border:1px solid var(--line);border-radius:12px}
h1{font-size:20px}
h1+p{margin-bottom:16px}
h2{margin:0;font-size:16px}
p{margin:4px 0}
.faint{color:var(--faint);font-size:14px}
.code{font:700 28px/1.4 ui-monospace,monospace;letter-spacing:4px;user-select:all}
a{color:var(--accent);word-break:break-all}
pre{margin:12px 0 0;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,monospace}
`;

/**
 * The page shows what strangers typed (addresses), so even if escaping failed nothing could run, load, post or
 * be framed. Its one style sheet is allowed by its digest.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A mail brings its own inline styles. Its links open elsewhere; everything else of it is off, as in a mail reader. */
const MAIL_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ');

const harmless = (policy: string) => ({
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
});

/**
 * `GET /dev/mailbox`: every message of this process, newest first, for people; as JSON at `/dev/mailbox.json`
 * or when asked for by `Accept`. `?to=` narrows it to one address. `/dev/mailbox/<id>/html` is one mail as mail readers
 * show it. It shows live codes to whoever can reach it:
 * the composition root registers it in development only, where only this machine can. `isOurs` knows the names of
 * this server: a page of anybody's can make its own name lead here, and would then read what is shown.
 */
export function registerMailbox(
  app: FastifyInstance,
  mailbox: { list(): readonly MailboxMessage[] },
  isOurs: (hostname: string) => boolean,
): void {
  const refuse = (reply: FastifyReply) => reply.code(404).send({ detail: 'Not found.' });

  app.get<{ Params: { id: string } }>('/dev/mailbox/:id/html', async (request, reply) => {
    const message = mailbox.list().find(({ id }) => id === request.params.id);
    if (!isOurs(hostnameOf(request.headers.host)) || !message?.html) return refuse(reply);
    return reply.headers(harmless(MAIL_POLICY)).type('text/html; charset=utf-8').send(message.html);
  });
  for (const path of ['/dev/mailbox', '/dev/mailbox/', '/dev/mailbox.json', '/dev/mailbox.json/']) {
    app.get<{ Querystring: MailboxFilter }>(path, async (request, reply) => {
      if (!isOurs(hostnameOf(request.headers.host))) return refuse(reply);
      const messages = addressedTo(request.query.to, mailbox.list());
      reply.headers({ ...harmless(CONTENT_SECURITY_POLICY), vary: 'accept' });
      if (path.includes('.json') || prefersJson(request.headers.accept)) {
        return reply.send(messages.map(present));
      }
      return reply.type('text/html; charset=utf-8').send(page(messages));
    });
  }
}

/** Without the port. Not Fastify's, which would believe a proxy. */
const hostnameOf = (host = ''): string => URL.parse(`http://${host}`)?.hostname ?? '';

function addressedTo(to: string | string[] | undefined, messages: readonly MailboxMessage[]) {
  if (to === undefined) return messages;
  // In a query string `+` stands for a space, which no address has: +4917… and a+b@example.com were meant.
  const wanted = [to].flat().map((address) => address.replaceAll(' ', '+').toLowerCase());
  return messages.filter((message) => wanted.includes(message.to.toLowerCase()));
}

/** Programs that name JSON get JSON; browsers name HTML first, and curl names nothing. */
function prefersJson(accept = ''): boolean {
  return accept.includes('application/json') && !accept.includes('text/html');
}

/** The fields a test needs, all always there. */
function present({ to, channel, subject, text, code, link, receivedAt }: MailboxMessage) {
  return {
    to,
    channel,
    subject,
    text,
    code: code ?? null,
    link: link ?? null,
    receivedAt: new Date(receivedAt).toISOString(),
  };
}

function page(messages: readonly MailboxMessage[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>Mailbox</title>
<style>!${STYLE}</style>
</head>
<body>
<main>
<h1>Development mailbox</h1>
<p class="faint">Messages stay here because no mail server or SMS gateway is set. Newest first; the page looks again every ${REFRESH_SECONDS} seconds.</p>
!${messages.length === 0 ? '<p>No messages yet.</p>' : messages.map(article)}
</main>
</body>
</html>
`;
}

function article(message: MailboxMessage): string {
  const { id, to, channel, subject, receivedAt } = message;
  const at = new Date(receivedAt).toISOString();
  const readable = `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
  return html`<article>
<h2>${subject || 'SMS'}</h2>
<p class="faint">${channel} to ${to}, <time datetime="${at}">${readable}</time>!${
    message.html ? html` · <a href="/dev/mailbox/${id}/html" target="_blank">HTML version</a>` : ''
  }</p>
<pre>!${marked(message)}</pre>
</article>
`;
}

/** The text with its code set off and its link to click, each where it stands. */
function marked({ text, code, link }: MailboxMessage): string {
  const withCode = (part: string): string =>
    around(part, code, (rest) => html`${rest}`).join(html`<strong class="code">${code}</strong>`);
  return around(text, link, withCode).join(html`<a href="${link}" rel="noreferrer">${link}</a>`);
}

/** What stands before, between and after each `secret`, each as markup. */
function around(text: string, secret: string | undefined, toMarkup: (part: string) => string): string[] {
  return (secret ? text.split(secret) : [text]).map(toMarkup);
}
