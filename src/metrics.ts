import type { FastifyInstance } from 'fastify';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { SMS_TOTAL } from './core/flows/steps/send-message.ts';
import type { Clock } from './core/ports.ts';
import type { Storage } from './core/storage.ts';
import type { PasswordHashing } from './crypto/password-hashing.ts';

export interface MetricsSources {
  readonly hashing: PasswordHashing;
  readonly storage: Storage;
  readonly clock: Clock;
}

/** What is served to Prometheus. */
export interface Figures {
  readonly contentType: string;
  inWords(): Promise<string>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What an operator watches, in Prometheus' words. Served on a port of its own, never beside the contracts. */
export class Metrics {
  readonly registry = new Registry();
  readonly #deliveries: Counter<'outcome'>;

  constructor({ hashing, storage, clock }: MetricsSources) {
    const registers = [this.registry];
    this.#deliveries = new Counter({
      name: 'latchkey_deliveries_total',
      help: 'Messages by what became of a delivery.',
      labelNames: ['outcome'],
      registers,
    });
    const gauge = (
      name: string,
      help: string,
      read: () => number | Promise<number>,
      aggregator: 'sum' | 'max' = 'sum',
    ) =>
      new Gauge({
        name,
        help,
        registers,
        // Over the workers of one server.
        aggregator,
        async collect() {
          this.set(await read());
        },
      });
    gauge(
      'latchkey_password_evaluations',
      'Passwords compared since the start.',
      () => hashing.figures().evaluations,
    );
    gauge('latchkey_password_queue', 'Hashes that wait for a worker.', () => hashing.figures().waiting);
    gauge(
      'latchkey_password_shed',
      'Requests refused because the hash queue was full.',
      () => hashing.figures().shed,
    );
    gauge(
      'latchkey_outbox_pending',
      'Messages that wait for delivery.',
      () => storage.outbox.countPending(),
      // All of them count the same ones.
      'max',
    );
    gauge(
      'latchkey_sms_requested',
      'SMS that clients asked for since the hour of LATCHKEY_SMS_PER_HOUR began.',
      () => storage.quotas.used(SMS_TOTAL, clock.now()),
      'max',
    );
  }

  /** In a worker: lets the primary ask for these figures. */
  shareWithPrimary(): void {
    AggregatorRegistry.setRegistries(this.registry);
    new AggregatorRegistry();
  }

  figures(): Figures {
    const { registry } = this;
    return { contentType: registry.contentType, inWords: () => registry.metrics() };
  }

  countDelivery(outcome: string, count: number): void {
    this.#deliveries.inc({ outcome }, count);
  }

  /** Times the requests of a server and adds the process's own figures. Only where metrics are served. */
  observe(server: FastifyInstance): void {
    collectDefaultMetrics({ register: this.registry });
    const requests = new Histogram({
      name: 'latchkey_http_request_seconds',
      help: 'Requests by contract, route and status.',
      labelNames: ['contract', 'method', 'route', 'status'],
      buckets: SECONDS,
      registers: [this.registry],
    });
    server.addHook('onResponse', (request, reply, done) => {
      const { contract = 'none' } = request.routeOptions.config;
      const labels = {
        contract,
        method: request.method,
        // The pattern, never the address: paths can hold what people typed.
        route: request.routeOptions.url ?? 'none',
        status: String(reply.statusCode),
      };
      requests.observe(labels, reply.elapsedTime / 1000);
      done();
    });
  }
}

/** In the primary: the figures of all workers, together. */
export function figuresOfWorkers(): Figures {
  const registry = new AggregatorRegistry();
  return { contentType: registry.contentType, inWords: () => registry.clusterMetrics() };
}
