import { createBase } from '../../src/base.ts';
import { loadConfig } from '../../src/config/index.ts';
import { contracts } from '../../src/contracts/index.ts';
import { parseIdentifier } from '../../src/core/account/index.ts';
import { createLog } from '../../src/log.ts';
import { operator } from '../support/operator.ts';
import type { Customer } from './lives/customer.ts';

/** Accounts with TOTP, which no contract can enrol: made as an operator makes them, before the server starts. */
export async function prepareCustomers(
  env: Readonly<Record<string, string>>,
  count: number,
): Promise<readonly Customer[]> {
  const base = await createBase(loadConfig(env, { contracts }), createLog('silent'));
  const customers: Customer[] = [];
  for (let number = 1; number <= count; number += 1) {
    const email = `customer-${number}@example.com`;
    const password = `the passphrase of a customer ${number}`;
    const account = await base.admin.createAccount({
      actor: operator,
      email: parseIdentifier('email', email),
      password,
      isVerified: true,
    });
    const { secret } = await base.admin.enrollTotp({ actor: operator, account });
    customers.push({ email, password, secret });
  }
  await base.close();
  return customers;
}
