import type { Command } from 'commander';
import { totpUri } from '../../crypto/totp.ts';
import { findAccount, IDENTIFIER } from '../find-account.ts';
import { notes } from '../help.ts';
import { operator } from '../operator.ts';
import type { Output } from '../output.ts';
import { nameOf, presentAccount } from '../present-account.ts';
import { withAdmin } from '../with-admin.ts';

interface EnrollOptions {
  readonly qr?: true;
}

export function defineTotpEnroll(totp: Command, output: Output): void {
  totp
    .command('enroll')
    .description(
      'Give an account a TOTP secret, in the place of the one it may have. Shown once. Every session ends.',
    )
    .argument('<identifier>', IDENTIFIER)
    .option('--qr', 'show a QR code to scan, too')
    .addHelpText(
      'after',
      notes({
        examples: ['latchkey totp enroll alice@example.com --qr'],
        json: '{ account, secret, uri, replaced: whether it had one before }',
      }),
    )
    .action((identifier: string, options: EnrollOptions) =>
      withAdmin(async (context) => {
        const account = await findAccount(context, identifier);
        const { secret, replaced } = await context.admin.enrollTotp({ actor: operator(), account });
        const name = nameOf(account);
        const uri = totpUri(secret, { issuer: context.config.productName, account: name });
        const text = [
          `${name} has ${replaced ? 'a new TOTP secret; the one before is void' : 'a TOTP secret'}. It is shown this once:`,
          '',
          `secret  ${secret}`,
          `uri     ${uri}`,
          ...(options.qr === true && !output.json ? ['', await qrCode(uri)] : []),
        ];
        output.show(
          {
            account: presentAccount(account, await context.admin.readSignInState({ account })),
            secret,
            uri,
            replaced,
          },
          text.join('\n'),
        );
      }),
    );
}

/** Loaded for those who ask: nobody else should wait for it. */
async function qrCode(text: string): Promise<string> {
  const { renderUnicodeCompact } = await import('uqr');
  const code = renderUnicodeCompact(text, { border: 2 });
  if (!process.stdout.isTTY) return code;
  // In colours of its own: a light terminal would show a negative, which not every app reads.
  return code.replaceAll(/^.+$/gm, '\x1b[97;40m$&\x1b[0m');
}
