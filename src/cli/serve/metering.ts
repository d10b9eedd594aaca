import type { ConsumerState } from '../../kafka/consumer-state.ts';
import type { HttpServerDeps } from '../../observability/http-server.ts';
import { createMetricsObserver } from '../../observability/metrics-observer.ts';
import { createMetrics } from '../../observability/metrics.ts';
import type { Observer } from '../../processor/ports.ts';
import type { ObservableBreakers } from '../../resilience/breakers.ts';
import { version } from '../frame/version.ts';

export type MeteringDeps = {
  readonly breakers: Pick<ObservableBreakers, 'state'>;
  readonly consumer: () => ConsumerState;
};

export type Metering = {
  readonly observer: Observer;
  throttled(ms: number): void;
  readonly exposition: HttpServerDeps['exposition'];
};

/** The metrics: what the processor tells, and at every scrape what the consumer and the breakers know. */
export const createMetering = ({ breakers, consumer }: MeteringDeps): Metering => {
  const metrics = createMetrics({ version, breakerState: (dependency) => breakers.state(dependency) });
  const observer = createMetricsObserver(metrics);
  return {
    observer,
    throttled: (ms) => {
      metrics.throttled.inc(ms / 1000);
    },
    exposition: () => {
      const { partitions } = consumer();
      observer.assigned(partitions.map(({ partition }) => partition));
      for (const { partition, lag } of partitions) if (lag !== null) observer.lagging(partition, lag);
      return metrics.exposition();
    },
  };
};
