import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/**
 * Keeps stripped and compiled code between starts: half of the time and 20 MB of the memory of a start. A checkout
 * keeps it below its own node_modules, so that it goes with them; an installed package where Node puts it.
 */
export function keepCompiledCode() {
  enableCompileCache?.(existsSync(modules) ? `${modules}/.cache/latchkey` : undefined);
}
