import { type Command, Option } from 'commander';
import type { SignUpMessages } from '../../contracts/contract.ts';
import type { Account } from '../../core/account/index.ts';
import type { ChallengeForm } from '../../core/challenge/index.ts';
import { changeAccount } from '../change-account.ts';
import { refusedError, usageError } from '../cli-error.ts';
import { IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { nameOf } from '../present-account.ts';
import type { CommandContext } from '../with-admin.ts';

interface ResendOptions {
  readonly contract?: string;
  readonly form?: ChallengeForm;
}

export function defineUserResend(user: Command, output: Output): void {
  user
    .command('resend')
    .description(
      'Send the message of a pending sign-up again and invalidate every earlier code and link. A running server delivers it.',
    )
    .argument('<identifier>', IDENTIFIER)
    .option('--contract <name>', 'the contract whose link or code is sent; by default the one of the sign-up')
    .addOption(
      new Option('--form <form>', 'link or code; by default what the contract prefers').choices([
        'link',
        'code',
      ]),
    )
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey user resend alice@example.com'],
        json: 'the account, as in: latchkey user show --help',
      }),
    )
    .action((identifier: string, options: ResendOptions) =>
      changeAccount(identifier, output, {
        change: (context, account) => resend(context, account, options),
        done: (name) => `A new message to ${name} is queued; see: latchkey message list`,
      }),
    );
}

async function resend(
  context: CommandContext,
  account: Account,
  { contract, form }: ResendOptions,
): Promise<void> {
  // The flow checks again in its transaction; here it saves looking up the contract.
  if (account.activatedAt !== null) throw notPending(account);
  const name = contract ?? (await context.admin.findSignUpContract({ account }));
  if (name === undefined) {
    throw usageError('the audit trail no longer has the contract of the sign-up; name one with --contract');
  }
  const messages = await messagesOf(context, name);
  const chosen = form ?? messages.forms[0];
  if (!messages.forms.includes(chosen)) throw usageError(`${name} sends no ${chosen}s`);
  const outcome = await context.admin.resendSignUpFor({
    actor: operator(),
    account,
    contract: messages.contract,
    form: chosen,
    link: messages.link,
  });
  if (outcome === 'not_pending') throw notPending(account);
}

const notPending = (account: Account) =>
  refusedError('not_pending', `${nameOf(account)} has no sign-up to confirm`);

async function messagesOf(context: CommandContext, name: string): Promise<SignUpMessages> {
  const [{ contractValues }, { readSettings }] = await Promise.all([
    import('../../config/index.ts'),
    import('../read-config.ts'),
  ]);
  const { contracts } = await readSettings();
  const able = contracts.filter(
    (contract) => contract.signUpMessages !== undefined && context.config.contracts.includes(contract.name),
  );
  const contract = able.find((candidate) => candidate.name === name);
  if (contract?.signUpMessages === undefined) {
    const names = able.map((candidate) => candidate.name).join(' or ') || 'none of those that are served';
    throw usageError(`${name} sends no messages for sign-ups; --contract can be ${names}`);
  }
  return contract.signUpMessages(
    await context.contractContext(contract),
    contractValues(context.config, contract),
  );
}
