/**
 * `latchkey/storage`: opening a database, and the suite that an engine must pass. Owns nothing; what is not here may
 * change without notice.
 */
import type { StorageConformanceOptions } from './conformance/index.ts';

export type { Storage, Stores } from '../core/storage.ts';
export type {
  Capability,
  OpenedStorage,
  StorageConformanceOptions,
} from './conformance/index.ts';
export { type DatabaseLocation, openStorage } from './index.ts';

/** Defines the suite's tests. Loaded when it is asked for: a server has no use for a test runner. */
export async function runStorageConformance(options: StorageConformanceOptions): Promise<void> {
  const conformance = await import('./conformance/index.ts');
  conformance.runStorageConformance(options);
}
