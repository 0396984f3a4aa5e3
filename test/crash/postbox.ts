import { SmtpSink } from '../delivery/smtp-sink.ts';

interface Arrived {
  readonly id: string;
  readonly code: string;
}

/** A real mail server that outlives the one under test, and what it took, each message once. */
export class Postbox {
  readonly #sink: SmtpSink;
  readonly #byAddress = new Map<string, Map<string, Arrived>>();
  #read = 0;
  duplicates = 0;

  private constructor(sink: SmtpSink) {
    this.#sink = sink;
  }

  static async open(): Promise<Postbox> {
    return new Postbox(await SmtpSink.start());
  }

  get url(): string {
    return this.#sink.url();
  }

  /** Messages to an address in the order in which they came first. Sent again, a message has its old Message-ID. */
  to(address: string): readonly Arrived[] {
    for (; this.#read < this.#sink.received.length; this.#read += 1) {
      const mail = this.#sink.received[this.#read];
      const [to = ''] = mail?.rcptTo ?? [];
      const id = mail?.parsed.messageId ?? '';
      const known = this.#byAddress.get(to) ?? new Map<string, Arrived>();
      if (known.has(id)) this.duplicates += 1;
      else known.set(id, { id, code: /\b\d{6}\b/.exec(mail?.parsed.text ?? '')?.[0] ?? '' });
      this.#byAddress.set(to, known);
    }
    return [...(this.#byAddress.get(address)?.values() ?? [])];
  }

  get count(): number {
    return this.#sink.received.length;
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}
