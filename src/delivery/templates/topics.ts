import type { Message, MessageTopic } from '../../core/message/index.ts';

/** The words of one occasion. Everything else about a message is the same for all of them. */
export interface Topic {
  readonly subject: (productName: string) => string;
  readonly heading: string;
  /** Completes "Enter this code …", "Open this link …" and "123456 is your code …". */
  readonly purpose: string;
  /** What happened, for messages that tell something, with or without a code or link. */
  readonly news?: (productName: string, message: Message) => string;
  readonly buttonLabel: string;
  /** Its reader has something to do in the application, which the button opens where no link of its own does. */
  readonly leadsToApp?: true;
  /** What to do if it was somebody else. */
  readonly notYou: string;
}

/** No topic ever says a password: there is none to say (SEC-074). */
export const topics: Readonly<Record<MessageTopic, Topic>> = {
  sign_up: {
    subject: (productName) => `Confirm your ${productName} account`,
    heading: 'Confirm your account',
    purpose: 'to finish signing up',
    buttonLabel: 'Confirm account',
    notYou: 'If you did not sign up, ignore this message: without your confirmation there is no account.',
  },
  sign_in: {
    subject: (productName) => `Sign in to ${productName}`,
    heading: 'Sign in',
    purpose: 'to sign in',
    buttonLabel: 'Sign in',
    notYou: 'If you did not ask to sign in, ignore this message and do not share it: it opens your account.',
  },
  password_recovery: {
    subject: (productName) => `Reset your ${productName} password`,
    heading: 'Reset your password',
    purpose: 'to choose a new password',
    buttonLabel: 'Choose a new password',
    notYou: 'If you did not ask for this, ignore this message: your password stays as it is.',
  },
  email_change: {
    subject: (productName) => `Confirm your new address for ${productName}`,
    heading: 'Confirm your new address',
    purpose: 'to use this address for your account',
    buttonLabel: 'Confirm address',
    notYou: 'If you did not ask for this, ignore this message: without your confirmation nothing changes.',
  },
  email_change_notice: {
    subject: (productName) => `Your ${productName} address is about to change`,
    heading: 'Your address is about to change',
    news: (productName, { newAddress }) =>
      `Someone signed in to your ${productName} account asked to move it from this address to ${newAddress ?? 'another one'}.`,
    purpose: 'to review the change',
    buttonLabel: 'Review the change',
    notYou: 'If it was not you, reset your password now: that signs out every device and stops the change.',
  },
  email_changed: {
    subject: (productName) => `Your ${productName} address has changed`,
    heading: 'Your address has changed',
    news: (productName, { newAddress }) =>
      `Your ${productName} account now uses ${newAddress ?? 'another address'} instead of this one.`,
    purpose: 'to undo the change and choose a new password, if it was not you',
    buttonLabel: 'Undo the change',
    notYou:
      'If it was not you, undo the change: this address is yours again, and every device is signed out. If it was you, ignore this message.',
  },
  address_released: {
    subject: (productName) => `An address was removed from your ${productName} account`,
    heading: 'An address was removed',
    news: (productName) =>
      `Your ${productName} account named an address that it had not proved. Another account has proved it now, so that yours no longer names it.`,
    purpose: 'to sign in',
    buttonLabel: 'Sign in',
    notYou:
      'Everything else about your account is as it was. If you did not expect this, ask the operator of the service.',
  },
  account_created: {
    subject: (productName) => `Your ${productName} account`,
    heading: 'You have an account',
    news: (productName) =>
      `Someone who runs ${productName} made an account for this address. Sign in with it and with the password that they give you, or choose one of your own with the recovery for forgotten passwords.`,
    purpose: 'to sign in',
    buttonLabel: 'Sign in',
    leadsToApp: true,
    notYou:
      'If you did not expect an account, ignore this message, or ask whoever runs the service to delete it.',
  },
  account_exists: {
    subject: (productName) => `You already have an account at ${productName}`,
    heading: 'You already have an account',
    news: (productName) =>
      `Someone tried to sign up for ${productName} as you, but you already have an account. If it was you, sign in instead, or reset your password if you forgot it.`,
    purpose: 'to sign in',
    buttonLabel: 'Sign in',
    leadsToApp: true,
    notYou: 'If it was not you, there is nothing to do: your account has not changed.',
  },
  password_sign_in_off: {
    subject: (productName) => `Password sign-in is off for your ${productName} account`,
    heading: 'Password sign-in is off',
    news: (productName) =>
      `After many wrong passwords in a row, your ${productName} account takes no password any more. Reset your password to switch it on again.`,
    purpose: 'to choose a new password',
    buttonLabel: 'Reset your password',
    leadsToApp: true,
    notYou:
      'If it was not you, someone is guessing your password. They did not get in, and you stay signed in where you are.',
  },
  totp_sign_in_off: {
    subject: (productName) => `Sign-in with an authenticator code is off for your ${productName} account`,
    heading: 'Sign-in with an authenticator code is off',
    news: (productName) =>
      `After many failed sign-ins in a row, your ${productName} account accepts no authenticator code. Ask the operator of the service to unlock your account or to set up your authenticator again.`,
    purpose: 'to sign in',
    buttonLabel: 'Sign in',
    notYou:
      'If it was not you, someone is guessing your code. They did not get in, and you stay signed in where you are.',
  },
  test: {
    subject: (productName) => `Test message from ${productName}`,
    heading: 'Test message',
    news: (productName) => `This is a test message. Messages from ${productName} reach you.`,
    purpose: 'to see the test',
    buttonLabel: 'Open',
    notYou: 'If you did not ask for it, ignore this message.',
  },
};
