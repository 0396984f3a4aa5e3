import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Where chance comes from; injected, so that tests can know it (decision 9). */
export interface Random {
  /** `length` bytes from a CSPRNG. */
  bytes(length: number): Buffer;
  /** A uniform integer in [0, max) from a CSPRNG. */
  int(max: number): number;
  uuid(): string;
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  int: (max) => randomInt(max),
  uuid: () => randomUUID(),
};
