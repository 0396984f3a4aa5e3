import type { Command } from 'commander';
import { parseContact } from '../../core/account/index.ts';
import { AuthError } from '../../core/errors.ts';
import { channelOf } from '../../core/message/index.ts';
import { systemRandom } from '../../crypto/random.ts';
import { CliError, refusedError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { notes } from '../help.ts';
import type { Output } from '../output.ts';
import { type CommandContext, withAdmin } from '../with-admin.ts';

const TIMEOUT_MS = 30_000;

interface TestOptions {
  readonly to: string;
}

export function defineMessageTest(message: Command, output: Output): void {
  message
    .command('test')
    .description(
      'Send a test message at once, without the outbox, and report what the mail server or SMS gateway answers.',
    )
    .requiredOption(
      '--to <address>',
      'an e-mail address, or a phone number with + and country code (+49170…, not 0170…)',
    )
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey message test --to me@example.com'],
        json: '{ to, channel: which accepted it }; on failure the error no_channel (exit code 4), delivery_refused (4) or delivery_failed (5)',
      }),
    )
    .action(({ to }: TestOptions) => withAdmin((context) => sendTest(context, to, output)));
}

/** A phone number as it is dialled within a country. */
const NATIONAL_NUMBER = /^[\d\s()./-]+$/;

async function sendTest(context: CommandContext, text: string, output: Output): Promise<void> {
  if (NATIONAL_NUMBER.test(text)) throw new AuthError('identifier_invalid', { kind: 'phone' });
  const contact = parseContact(text);
  const { kind, value: to } = contact;
  const channel = context.channels.find((candidate) => candidate.kind === channelOf(contact));
  // The development mailbox accepts mail, too, but only the server process shows it.
  if (channel === undefined || (kind === 'email' && context.mailbox !== undefined)) {
    const setting = kind === 'email' ? 'LATCHKEY_SMTP_URL' : 'LATCHKEY_SMS_URL';
    throw refusedError(
      'no_channel',
      `no channel for ${kind === 'email' ? 'e-mail' : 'SMS'}: ${setting} is not set`,
    );
  }
  const { DeliveryFailure, sendTestMessage } = await import('../../delivery/index.ts');
  const { productName } = context.config;
  try {
    const id = systemRandom.uuid();
    await sendTestMessage(
      channel,
      { id, to, productName, now: context.clock.now() },
      AbortSignal.timeout(TIMEOUT_MS),
    );
  } catch (error) {
    const reason = `${channel.id}: ${error instanceof Error ? error.message : error}`;
    if (error instanceof DeliveryFailure && error.kind === 'permanent')
      throw refusedError('delivery_refused', reason);
    throw new CliError('delivery_failed', exitCodes.unavailable, reason);
  }
  output.show({ to, channel: channel.id }, `${channel.id} accepted a test message to ${to}.`);
}
