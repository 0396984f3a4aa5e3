import { AuthError } from '../core/errors.ts';

export interface HealthReport {
  readonly database: 'ok' | 'error';
  /** False once a shutdown has begun: balancers should send nothing new. */
  readonly accepting: boolean;
}

/** Whether this process should get requests. One for the process; main.ts closes it first of all. */
export class Health {
  readonly #ping: () => Promise<void>;
  #accepting = true;

  constructor(ping: () => Promise<void>) {
    this.#ping = ping;
  }

  stopAccepting(): void {
    this.#accepting = false;
  }

  async report(): Promise<HealthReport> {
    try {
      await this.#ping();
      return { database: 'ok', accepting: this.#accepting };
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      return { database: 'error', accepting: this.#accepting };
    }
  }
}
