import { Command } from 'commander';
import { defineAuditList } from './commands/audit-list.ts';
import { defineConfig } from './commands/config.ts';
import { defineDbBackup } from './commands/db-backup.ts';
import { defineDbCopy } from './commands/db-copy.ts';
import { defineDbNewEpoch } from './commands/db-new-epoch.ts';
import { defineDbRestore } from './commands/db-restore.ts';
import { defineDoctor } from './commands/doctor.ts';
import { defineHelp } from './commands/help.ts';
import { defineMessageList } from './commands/message-list.ts';
import { defineMessageTest } from './commands/message-test.ts';
import { defineMigrate } from './commands/migrate.ts';
import { defineServe } from './commands/serve.ts';
import { defineSessionList } from './commands/session-list.ts';
import { defineSessionRevoke } from './commands/session-revoke.ts';
import { defineTotpEnroll } from './commands/totp-enroll.ts';
import { defineTotpRemove } from './commands/totp-remove.ts';
import { defineUserCreate } from './commands/user-create.ts';
import { defineUserDelete } from './commands/user-delete.ts';
import { defineUserDisable } from './commands/user-disable.ts';
import { defineUserEnable } from './commands/user-enable.ts';
import { defineUserFind } from './commands/user-find.ts';
import { defineUserList } from './commands/user-list.ts';
import { defineUserResend } from './commands/user-resend.ts';
import { defineUserSetPassword } from './commands/user-set-password.ts';
import { defineUserShow } from './commands/user-show.ts';
import { defineUserUnlock } from './commands/user-unlock.ts';
import { defineUserUpdate } from './commands/user-update.ts';
import { defineUserVerify } from './commands/user-verify.ts';
import { exitCodesInWords } from './exit-codes.ts';
import type { Output } from './output.ts';
import { version } from './version.ts';

/** Every command, in the order in which help lists them. */
export function createProgram(output: Output): Command {
  const silent = () => {};
  const program = new Command('latchkey')
    .description('A self-hosted authentication server.')
    .version(version)
    .helpCommand(false)
    .addHelpText('after', exitCodesInWords)
    .exitOverride()
    // Errors are printed by runCli, in the form that was asked for.
    .configureOutput({ outputError: silent, ...(output.json && { writeErr: silent }) });

  defineServe(program, output);
  defineMigrate(program, output);

  const user = group(program, 'user').description('Create, look at and change accounts.');
  for (const define of [
    defineUserCreate,
    defineUserList,
    defineUserFind,
    defineUserShow,
    defineUserUpdate,
    defineUserVerify,
    defineUserResend,
    defineUserUnlock,
    defineUserDisable,
    defineUserEnable,
    defineUserDelete,
    defineUserSetPassword,
  ]) {
    define(user, output);
  }

  const totp = group(program, 'totp').description('Give accounts a TOTP secret and take it away.');
  defineTotpEnroll(totp, output);
  defineTotpRemove(totp, output);

  const session = group(program, 'session').description('Look at the sessions of an account and end them.');
  defineSessionList(session, output);
  defineSessionRevoke(session, output);

  const audit = group(program, 'audit').description(
    'Read the audit trail: what happened to accounts, and who did it.',
  );
  defineAuditList(audit, output);

  const message = group(program, 'message').description('List messages and test the channels.');
  defineMessageList(message, output);
  defineMessageTest(message, output);

  const db = group(program, 'db').description('Back the database up, restore it, move it to another engine.');
  for (const define of [defineDbBackup, defineDbRestore, defineDbNewEpoch, defineDbCopy]) define(db, output);

  defineConfig(program, output);
  defineDoctor(program, output);
  defineHelp(program);

  const groups = [user, totp, session, audit, message, db];
  for (const command of [...program.commands, ...groups.flatMap(({ commands }) => commands)]) {
    if (command.commands.length > 0 || command.name() === 'help') continue;
    command.option('--json', 'print JSON, errors too');
  }
  return program;
}

function group(program: Command, name: string): Command {
  return program.command(name).helpCommand('help [command]', 'Show the help of a command.');
}
