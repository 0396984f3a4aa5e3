import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { toolEnvironment } from './tools.ts';

/** Runs nginx until the test ends. @param http what stands in its `http` block */
export async function startNginx(t: TestContext, http: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-nginx-'));
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join('\n');
  const configuration = `
    daemon off;
    pid ${directory}/nginx.pid;
    error_log stderr notice;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 2048; }
    http { access_log off; ${places} ${http} }`;
  await writeFile(join(directory, 'nginx.conf'), configuration);
  const nginx = spawn('nginx', ['-p', directory, '-e', 'stderr', '-c', join(directory, 'nginx.conf')], {
    env: toolEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(nginx, 'close');
  t.after(async () => {
    nginx.kill();
    await closed;
    await rm(directory, { recursive: true, force: true });
  });
  let said = '';
  for await (const chunk of nginx.stderr) {
    said += chunk;
    // The socket is bound before there are workers.
    if (said.includes('start worker process ')) return void nginx.stderr.resume();
  }
  assert.fail(said);
}
