/**
 * `latchkey`: what somebody needs who runs the server from a program of their own, perhaps with a contract of their own.
 * This file, contracts/public.ts and storage/public.ts are all that the package exports.
 */
export { type App, createApp, type Embedding, version } from './app.ts';
export { type Config, ConfigError, loadConfig, readEnvironment } from './config/index.ts';
export { createLog } from './log.ts';
export { type RunningServer, startServer } from './main.ts';
