import type { Core } from '../core.ts';

export interface TrustedUse {
  readonly door: string;
  /** The trusted system: the name of its key, never the key. */
  readonly by: string;
  readonly address: string;
}

/** Every use of the private door leaves a trace, whatever comes of it (SEC-070). */
export async function noteTrustedUse(core: Core, { door, by, address }: TrustedUse): Promise<void> {
  await core.storage.audit.record({
    at: core.clock.now(),
    type: 'private_door_used',
    door,
    address,
    detail: { by },
  });
}
