import { createLog, loadConfig, readEnvironment, startServer } from 'latchkey';
import { contracts as ours } from 'latchkey/contracts';
import { minimal } from './index.ts';

const contracts = [...ours, minimal];
const { env, ...read } = readEnvironment();
const config = loadConfig(env, { contracts, ...read });
const running = await startServer(config, createLog(config.logLevel), { contracts });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.stop());
