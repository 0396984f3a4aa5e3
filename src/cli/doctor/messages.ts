import type { Config } from '../../config/index.ts';
import { type Channel, createChannels } from '../../delivery/index.ts';
import { scrub } from '../../delivery/mask.ts';
import { type Finding, type Judgement, ok, problem, warning } from './finding.ts';

const PATIENCE_MS = 10_000;

const checks = { email: 'mail', sms: 'sms' } as const;

/** Whether mail and SMS can leave: logs in where that is possible, and sends nothing. */
export async function examineMessages(config: Config, { inProduction }: Judgement): Promise<Finding[]> {
  let channels: readonly Channel[];
  try {
    channels = createChannels(config.messages);
  } catch (error) {
    return [problem('mail', error instanceof Error ? error.message : String(error), 'correct the setting')];
  }
  const kinds = Object.keys(checks) as Channel['kind'][];
  const missing = kinds.filter((kind) => !channels.some((channel) => channel.kind === kind));
  const findings = await Promise.all(channels.map(examineChannel));
  // In production the settings have warned of it.
  if (config.environment === 'production') return findings;
  return [...findings, ...missing.map((kind) => (inProduction ? nowhere(kind) : inMailbox(kind)))];
}

function inMailbox(kind: Channel['kind']): Finding {
  return kind === 'sms' ? nowhere(kind) : ok(checks.email, 'not set; messages stay at /dev/mailbox');
}

function nowhere(kind: Channel['kind']): Finding {
  if (kind === 'sms') return ok(checks.sms, 'not set; no SMS is offered');
  return warning(checks.email, 'not set; in production no mail would leave', 'set LATCHKEY_SMTP_URL');
}

async function examineChannel(channel: Channel): Promise<Finding> {
  const check = checks[channel.kind];
  if (channel.verify === undefined)
    return ok(check, `${channel.id} is set; only a message would show that it works`);
  try {
    await channel.verify(AbortSignal.timeout(PATIENCE_MS));
    return ok(check, `${channel.id} answers and lets us in`);
  } catch (error) {
    const reason = scrub(error instanceof Error ? error.message : String(error));
    return problem(
      check,
      `${channel.id} cannot be used: ${reason}`,
      'correct LATCHKEY_SMTP_URL, or mend the server',
    );
  } finally {
    await channel.close();
  }
}
