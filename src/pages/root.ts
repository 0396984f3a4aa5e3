import type { FastifyInstance } from 'fastify';
import { page } from './page.ts';

const CONTENT = `
<p>This is an authentication server in development. Applications sign people in with it; this page does not.</p>
<p><a href="/dev/mailbox">The mailbox</a> shows the codes and links that messages would carry.</p>
<p class="faint">README.md says what to try first. In production this page and the mailbox do not exist.</p>
`;

/** `GET /` for a developer who opens the address that the server printed. A contract that has a page there wins. */
export function registerRoot(app: FastifyInstance, productName: string): void {
  if (app.hasRoute({ method: 'GET', url: '/' })) return;
  app.get('/', (_request, reply) => {
    const { headers, contentType, body } = page({ productName, title: 'Latchkey runs', content: CONTENT });
    return reply
      .headers(headers ?? {})
      .type(contentType ?? 'text/html')
      .send(body);
  });
}
