import type { NodemailerError } from 'nodemailer';
import { type Channel, DeliveryFailure, type RenderedMessage } from './channel.ts';
import { isPlainAddress } from './email-address.ts';
import type { Sender } from './mail-from.ts';
import { readSmtpUrl } from './smtp-url.ts';
import { whenAborted } from './when-aborted.ts';

export interface SmtpSettings {
  /** See smtp-url.ts for its form. */
  readonly url: string;
  readonly from: Sender;
}

/**
 * E-mail by SMTP over a pool of kept connections.
 * @throws Error that says how to write the URL
 */
export function createSmtpChannel({ url, from }: SmtpSettings): Channel {
  // Read at once, so that a mistake in it stops the start.
  const server = readSmtpUrl(url);
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);

  let opened: Promise<Transport> | undefined;
  const transport = (): Promise<Transport> => {
    opened ??= openTransport(server);
    return opened;
  };
  let stage: ReturnType<typeof openStage> | undefined;

  /** @throws DeliveryFailure for an address that is not one */
  function mailOf(message: RenderedMessage) {
    if (!isPlainAddress(message.to)) {
      throw new DeliveryFailure('permanent', 'the stored address is no plain e-mail address');
    }
    // As an object an address is taken as it is; as a string it would be parsed as a list (SEC-072).
    const recipient = { name: '', address: message.to };
    return {
      // Of the outbox entry, not of the attempt: at least once means that a copy can arrive twice.
      messageId: `<${message.id}@${domain}>`,
      from,
      to: recipient,
      envelope: { from: from.address, to: recipient },
      subject: message.subject,
      text: message.text,
      html: message.html,
      // RFC 3834: no out-of-office reply, please.
      headers: { 'Auto-Submitted': 'auto-generated' },
    };
  }

  async function rehearse(message: RenderedMessage): Promise<void> {
    stage ??= openStage();
    await (await stage).sendMail(mailOf(message));
  }

  return {
    id: 'smtp',
    kind: 'email',

    async deliver(message, signal) {
      const mail = mailOf(message);
      try {
        const mailer = await transport();
        await mailer.sendMail({ ...mail, signal });
      } catch (error) {
        throw failureOf(error);
      }
    },

    rehearse,

    async warmUp() {
      await transport();
      const nobody = `warm-up@${domain}`;
      await rehearse({ id: 'warm-up', to: nobody, subject: 'x', text: 'x', html: '<p>x</p>' });
    },

    async verify(signal) {
      try {
        const mailer = await transport();
        await Promise.race([mailer.verify(), whenAborted(signal)]);
      } catch (error) {
        throw failureOf(error);
      }
    },

    async close() {
      // By now the worker has let go of every message: what still runs was given up on.
      (await opened)?.close({ force: true });
    },
  };
}

type Transport = Awaited<ReturnType<typeof openTransport>>;

/** The mail client is loaded where a mail server is set: 10 MB that a server without mail never needs. */
async function openTransport(server: ReturnType<typeof readSmtpUrl>) {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    ...server,
    pool: true,
    // Once, for a pooled connection that the server closed meanwhile. All other patience is the worker's.
    maxRequeues: 1,
    // How long a goodbye may take before the socket is cut.
    socketCloseTimeout: 1_000,
    // The mailer's own log would hold bodies and addresses.
    logger: false,
    debug: false,
    transactionLog: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** A mailer that composes mail as the other does, and keeps it to itself. */
async function openStage() {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    streamTransport: true,
    buffer: true,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/**
 * Permanent is only what the server says of this recipient or this message (a 5xx to RCPT or DATA), and an
 * address that the mailer will not put into an envelope. A refused login, sender or certificate is for an
 * operator to mend, and the message goes out once it is.
 */
function failureOf(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  const { message, command, response, responseCode, permanent, code } = error as NodemailerError;
  const aboutThisMessage = command === 'RCPT TO' || command === 'DATA';
  // 530: the server wants a login first. That is about us, wherever in the dialogue it says so.
  const refused = aboutThisMessage && permanent === true && responseCode !== 530;
  const unsendable = command === 'API' && code === 'EENVELOPE';
  const reason =
    response === undefined ? `${code ?? 'error'}: ${message}` : `${command} was answered ${response}`;
  return new DeliveryFailure(refused || unsendable ? 'permanent' : 'retry', reason, { cause: error });
}
