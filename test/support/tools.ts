import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';

/** Where `.ci/run` installs them, a tool that is missing is a failure. */
const { TEST_TOOLS, PATH = '' } = process.env;
const isDemanded = TEST_TOOLS === 'required';

/** Whether a program can be started by its name. */
export function isInstalled(tool: string): boolean {
  const { status } = spawnSync('sh', ['-c', `command -v ${tool}`], { env: toolEnvironment });
  return status === 0;
}

/** Servers are installed where a user's path does not always lead. */
export const toolEnvironment = { PATH: `${PATH}:/usr/sbin:/sbin` };

/** A test against a program of the machine: skipped, and seen to be, where it is not installed. */
export function toolTest(tool: string, name: string, body: (t: TestContext) => void | Promise<void>): void {
  const skip = isDemanded || isInstalled(tool) ? false : `${tool} is not installed (apt-get install ${tool})`;
  test(name, { skip }, body);
}
