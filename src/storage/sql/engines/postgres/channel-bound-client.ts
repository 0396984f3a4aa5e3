import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';

const BOUND = 'SCRAM-SHA-256-PLUS';

/** What `pg` keeps inside, and tells of each message of the server. */
interface Wire {
  readonly connection: EventEmitter & { readonly stream: Socket };
}

/**
 * Lets the server authenticate this client by SCRAM that is bound to the TLS connection, and in no other way: what libpq
 * means by `channel_binding=require`. `pg` by itself, told to `enableChannelBinding`, binds where the server offers it,
 * and otherwise sends the password as it is asked to, which a server in the middle can ask for.
 */
export class ChannelBoundClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const { connection } = this as unknown as Wire;
    let isProved = false;
    const refuse = () =>
      connection.stream.destroy(
        new Error(
          'the server does not authenticate with channel binding, and channel_binding=require asks for it',
        ),
      );
    connection.on('authenticationSASL', ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
      if (!mechanisms.includes(BOUND)) refuse();
    });
    // A wrong signature of the server is an error of its own.
    connection.on('authenticationSASLFinal', () => {
      isProved = true;
    });
    connection.on('authenticationCleartextPassword', refuse).on('authenticationMD5Password', refuse);
    connection.on('authenticationOk', () => {
      if (!isProved) refuse();
    });
  }
}
