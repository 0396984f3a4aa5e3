import type { ContactIdentifier } from '../account/index.ts';

/**
 * What Latchkey tells people. A message is stored sealed in the outbox with its parameters and rendered only
 * when it is delivered, so that a dump of the database shows no live code (SEC-027).
 */
export type ChannelKind = 'email' | 'sms';

/** The kind of channel that carries a message to an address. */
export const channelOf = ({ kind }: Pick<ContactIdentifier, 'kind'>): ChannelKind =>
  kind === 'email' ? 'email' : 'sms';

/** The occasions a person hears from us. Each has one template in delivery/templates. */
export type MessageTopic =
  | 'sign_up'
  | 'sign_in'
  | 'password_recovery'
  | 'email_change'
  /** To the old address: someone asked to move the account elsewhere. */
  | 'email_change_notice'
  /** To the old address: the account was moved elsewhere. Carries the link that undoes it. */
  | 'email_changed'
  /** To another proved address of the account: another account has proved an address that this one had not. */
  | 'address_released'
  /** Somebody who may made an account for this address. */
  | 'account_created'
  /** Hardened mode: someone tried to sign up with an address that has an account. */
  | 'account_exists'
  /** 100 wrong passwords: password sign-in is off until a reset. */
  | 'password_sign_in_off'
  /** 100 failed sign-ins with TOTP: they are off until TOTP is enrolled again or an operator unlocks the account. */
  | 'totp_sign_in_off'
  /** An operator tests a channel. */
  | 'test';

export interface Message {
  readonly channel: ChannelKind;
  readonly topic: MessageTopic;
  /** The stored address or E.164 number, never the one a request spelled (Django CVE-2019-19844). */
  readonly to: string;
  /** Six digits, if the message carries a code. */
  readonly code?: string;
  /** Absolute URL, if the message carries a link. */
  readonly link?: string;
  /** When the code or link stops working; a message that is late for it is not sent. Epoch milliseconds. */
  readonly expiresAt?: number;
  /** The address an e-mail change moves to, for the notices to the old one. */
  readonly newAddress?: string;
  /** There is nobody to write to: handled like any other until it would leave, and never sent (SEC-004). */
  readonly isDecoy?: true;
}
