import type { Reading } from './reading.ts';
import type { SettingGroup, Settings } from './setting.ts';
import { codes, lifetimes, lockout } from './settings/accounts.ts';
import { doors } from './settings/doors.ts';
import { hashing } from './settings/hashing.ts';
import { limits } from './settings/limits.ts';
import { messages } from './settings/messages.ts';
import { privateDoor } from './settings/private-door.ts';
import { server } from './settings/server.ts';
import { storage } from './settings/storage.ts';

/** What configuration needs to know of a contract: its name, and the settings that it defines for itself. */
export interface ConfiguredContract {
  readonly name: string;
  readonly settings: Settings;
  /** See `Contract`. */
  readonly alwaysDiscloses?: string;
}

/** Every setting there is, in the order and under the headings of docs/configuration.md. */
export function settingGroups(contracts: readonly ConfiguredContract[]): SettingGroup[] {
  const groups = [
    { title: 'Server', settings: server },
    { title: 'Database and secret', settings: storage },
    { title: 'Contracts', settings: doors(contracts.map(({ name }) => name)) },
    { title: 'Messages', settings: messages },
    { title: 'Lifetimes', settings: lifetimes },
    { title: 'Lockout', settings: lockout },
    { title: 'Codes', settings: codes },
    { title: 'Limits by time', settings: limits },
    { title: 'Trusted systems', settings: privateDoor },
    { title: 'Password hashing', settings: hashing },
    ...contracts.map(({ name, settings }) => ({ title: `Contract ${name}`, settings })),
  ];
  for (const { name, settings } of contracts) requirePrefix(name, settings);
  requireUniqueNames(groups);
  return groups;
}

/** The shape in which the rest of Latchkey sees them. */
export function settle(reading: Reading, contracts: readonly ConfiguredContract[]) {
  return {
    ...reading.values(server),
    ...reading.values(storage),
    ...reading.values(doors(contracts.map(({ name }) => name))),
    ...reading.values(lifetimes),
    messages: reading.values(messages),
    lockout: reading.values(lockout),
    codes: reading.values(codes),
    limits: reading.values(limits),
    privateDoor: reading.values(privateDoor),
    hashing: reading.values(hashing),
  };
}

export type Settled = Readonly<ReturnType<typeof settle>>;

function requirePrefix(contract: string, settings: Settings): void {
  const prefix = `LATCHKEY_${contract.toUpperCase()}_`;
  for (const { name } of Object.values(settings)) {
    if (!name.startsWith(prefix)) {
      throw new Error(`${name} of contract ${contract} does not begin with ${prefix}`);
    }
  }
}

function requireUniqueNames(groups: readonly SettingGroup[]): void {
  const seen = new Set<string>();
  for (const { name } of groups.flatMap(({ settings }) => Object.values(settings))) {
    if (seen.has(name)) throw new Error(`${name} is defined twice`);
    seen.add(name);
  }
}
