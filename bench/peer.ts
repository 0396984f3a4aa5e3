/**
 * What Latchkey is measured against, in a process of its own: `bare node:http` sending given bytes, bare argon2id,
 * bare durable commits. Speaks through IPC: started with a job, answers with a port or a rate.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { hash, verify } from '@node-rs/argon2';
import { STANDARD_PARAMETERS } from '../src/crypto/password-hashing.ts';

export type PeerJob =
  | { readonly kind: 'http'; readonly headers: Record<string, string>; readonly body: string }
  | { readonly kind: 'argon2'; readonly durationMs: number }
  | { readonly kind: 'commit'; readonly path: string; readonly durationMs: number };

function serve({ headers, body }: Extract<PeerJob, { kind: 'http' }>): void {
  const server = createServer((request, response) => {
    const answer = () => response.writeHead(200, headers).end(body);
    // A body is read to its end, as any server must before it can answer for it.
    if (request.method === 'GET') answer();
    else request.on('data', () => {}).on('end', answer);
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

async function compare({ durationMs }: Extract<PeerJob, { kind: 'argon2' }>): Promise<void> {
  const { memoryKiB: memoryCost, iterations: timeCost, lanes: parallelism } = STANDARD_PARAMETERS;
  const stored = await hash('MySecretPassword123', { memoryCost, timeCost, parallelism });
  const startedAt = performance.now();
  let compared = 0;
  while (performance.now() - startedAt < durationMs) {
    await verify(stored, 'MySecretPassword123');
    compared += 1;
  }
  process.send?.({ rate: compared / ((performance.now() - startedAt) / 1000) });
}

function commit({ path, durationMs }: Extract<PeerJob, { kind: 'commit' }>): void {
  const database = new DatabaseSync(path);
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table if not exists t (a, b)');
  const insert = database.prepare('insert into t values (?, ?)');
  const startedAt = performance.now();
  let committed = 0;
  while (performance.now() - startedAt < durationMs) {
    insert.run(committed, 'one row and its commit');
    committed += 1;
  }
  process.send?.({ rate: committed / ((performance.now() - startedAt) / 1000) });
  database.close();
}

process.on('message', (job: PeerJob) => {
  if (job.kind === 'http') serve(job);
  else if (job.kind === 'argon2') void compare(job);
  else commit(job);
});
process.on('disconnect', () => process.exit(0));
