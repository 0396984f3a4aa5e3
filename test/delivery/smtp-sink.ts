import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** What the server does with the next recipient or message. */
export type SmtpBehaviour =
  | 'accept'
  /** Takes the message after a while, in which another could overtake it. */
  | 'accept_late'
  | 'refuse_for_now'
  | 'refuse_for_good'
  /** Says nothing to RCPT. */
  | 'stall'
  /** Takes the message and says nothing to it. */
  | 'stall_after_data'
  /** Cuts the connection in the middle of the message. */
  | 'die_in_data'
  | 'refuse_data_for_good';

/** Of the event loop. */
const TURNS_OF_A_WHILE = 300;

export interface ReceivedMail {
  readonly mailFrom: string;
  readonly rcptTo: readonly string[];
  readonly raw: string;
  readonly parsed: ParsedMail;
}

/** A real SMTP server on a port of its own that misbehaves on demand. */
export class SmtpSink {
  readonly received: ReceivedMail[] = [];
  behaviour: SmtpBehaviour = 'accept';
  /** Decides for each recipient, where one server has to treat two messages differently. */
  behaviourFor: (recipient: string) => SmtpBehaviour = () => this.behaviour;
  readonly #server: SMTPServer;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: string;
  #onStall = Promise.withResolvers<void>();
  #onReceive = Promise.withResolvers<void>();

  private constructor(options: SMTPServerOptions) {
    this.#scheme = options.secure ? 'smtps' : 'smtp';
    this.#server = new SMTPServer({
      authOptional: true,
      hideSTARTTLS: true,
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 100,
      onRcptTo: ({ address }, _session, done) => {
        switch (this.behaviourFor(address)) {
          case 'refuse_for_now':
            return done(smtpError(451, `4.7.1 <${address}>: greylisted, come back later`));
          case 'refuse_for_good':
            return done(smtpError(550, `5.1.1 <${address}>: no such user`));
          case 'stall':
            return this.#stalled();
          default:
            return done();
        }
      },
      onData: (stream, { envelope }, done) => {
        const rcptTo = envelope.rcptTo.map(({ address }) => address);
        const behaviour = this.behaviourFor(rcptTo[0] ?? '');
        if (behaviour === 'die_in_data') {
          stream.once('data', () => this.cutConnections());
          return;
        }
        const mailFrom = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        void this.#receive({ mailFrom, rcptTo, behaviour, raw: text(stream) }).then(done, () => {
          // The client was gone in the middle of its message; nobody waits for an answer.
        });
      },
      ...options,
    });
    this.#server.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // A client that refuses the certificate ends the handshake; that is a test's subject, not a fault.
    this.#server.on('error', () => {});
  }

  static async start(options: SMTPServerOptions = {}): Promise<SmtpSink> {
    const sink = new SmtpSink(options);
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server.server, 'listening');
    return sink;
  }

  get port(): number {
    const address = this.#server.server.address();
    if (address === null || typeof address === 'string') throw new Error('the sink does not listen');
    return address.port;
  }

  url({ credentials = '', query = '' }: { credentials?: string; query?: string } = {}): string {
    return `${this.#scheme}://${credentials}127.0.0.1:${this.port}${query}`;
  }

  /** Resolves when a client waits for an answer that it will not get. */
  async untilStalled(): Promise<void> {
    await this.#onStall.promise;
    this.#onStall = Promise.withResolvers<void>();
  }

  /** Resolves when so many messages have been taken. */
  async untilReceived(count: number): Promise<void> {
    while (this.received.length < count) {
      await this.#onReceive.promise;
    }
  }

  cutConnections(): void {
    // Node itself dies of a socket that is cut under a TLS handshake; such a server ends by its time-out.
    if (this.#scheme === 'smtps') return;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(resolve));
    this.cutConnections();
    await closed;
  }

  #stalled(): void {
    this.#onStall.resolve();
  }

  async #receive(mail: {
    mailFrom: string;
    rcptTo: string[];
    behaviour: SmtpBehaviour;
    raw: Promise<string>;
  }) {
    const raw = await mail.raw;
    for (let turn = 0; mail.behaviour === 'accept_late' && turn < TURNS_OF_A_WHILE; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    if (mail.behaviour === 'refuse_data_for_good') {
      return smtpError(
        554,
        `5.7.1 message for ${mail.rcptTo.join()} looks like spam: ${raw}`.replace(/\s+/g, ' '),
      );
    }
    this.received.push({
      mailFrom: mail.mailFrom,
      rcptTo: mail.rcptTo,
      raw,
      parsed: await simpleParser(raw),
    });
    this.#onReceive.resolve();
    this.#onReceive = Promise.withResolvers<void>();
    if (mail.behaviour === 'stall_after_data') {
      this.#stalled();
      return new Promise<never>(() => {});
    }
    return undefined;
  }
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
