import { list, subset } from '../kinds/list.ts';
import { choice, text } from '../kinds/text.ts';
import type { Settings } from '../setting.ts';

/** Read before all other settings, because contracts define settings. */
export const contractModules = {
  name: 'LATCHKEY_CONTRACT_MODULES',
  kind: list(text({ max: 1_000 }), { none: 'none' }),
  default: 'none',
  description:
    'Modules that export your own contracts; LATCHKEY_CONTRACTS can then list these as well. Each is a path that begins with ./ or /, or the name of a package, resolved from the directory that Latchkey starts in.',
  example: './contracts/acme.ts,@acme/latchkey-contract',
};

/** Which contracts are spoken, and how much all of them let out. Which contracts there are, the caller knows. */
export function doors(contractNames: readonly string[]) {
  return {
    contractModules,
    contracts: {
      name: 'LATCHKEY_CONTRACTS',
      kind: subset(contractNames),
      default: 'all',
      description: 'The contracts that are mounted.',
    },
    enumeration: {
      name: 'LATCHKEY_ENUMERATION',
      kind: choice('contract', 'hardened'),
      default: 'contract',
      description:
        'Whether an answer may tell that an account exists: contract does where the documentation of a contract demands it, hardened does not. VibeMobi is the exception: its sign-up and its change of address tell in both modes that an address is taken.',
    },
    requireTotp: {
      name: 'LATCHKEY_REQUIRE_TOTP',
      kind: choice('off', 'enrolled'),
      default: 'off',
      description:
        'enrolled refuses accounts that have TOTP at doors that cannot ask for the code, as if the password were wrong.',
    },
  } satisfies Settings;
}
