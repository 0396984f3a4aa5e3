/** Moments at which a server can be made to die, each between two things that must hold together. */
export const SERVING_POINTS = [
  'before a commit',
  'committed, not answered',
  'inside a transaction',
  'a single statement done, not answered',
  'attempt counted, password not compared',
  'TOTP spent, no session yet',
  'refresh token exchanged, no successor yet',
  'messages claimed, none delivered',
  'message delivered, not settled',
  'message settled',
  'answer ready, not sent',
  'answer handed to the socket',
] as const;

/** Reached only by a server that starts on an empty database. */
export const MIGRATING = 'inside a migration';
/** Reached only by a server that is told to stop. */
export const STOPPING = 'stopping, log not yet moved into the database';

export type ServingPoint = (typeof SERVING_POINTS)[number];
export type Point = ServingPoint | typeof MIGRATING | typeof STOPPING;

/** As the child process is told: `point`, and the how manieth time it is reached. */
export interface Death {
  readonly point: Point;
  readonly nth: number;
}
