/** `maintenance`: housekeeping of the process. Only the server calls it, on no request. */
import { type Bound, bind } from './bind.ts';
import type { Core } from './core.ts';
import { purge } from './flows/purge.ts';
import { resealTotp } from './flows/reseal-totp.ts';

const flows = { purge, resealTotp };

export type Maintenance = Bound<typeof flows>;

/** @returns `maintenance` of this core */
export const createMaintenance = (core: Core): Maintenance => bind(core, flows);
