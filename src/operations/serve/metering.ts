import type { ConsumerState } from '../../kafka/consume/consumer-state.ts';
import type { PartitionContent } from '../../kafka/read/hindrances.ts';
import type { PartitionProgress } from '../../kafka/read/input-log.ts';
import { createMetricsObserver } from '../../observability/metrics-observer.ts';
import { createMetrics, type MetricValues } from '../../observability/metrics.ts';
import type { Observer } from '../../processor/ports/observer.ts';
import type { ObservableBreakers } from '../../resilience/breakers.ts';
import { version } from '../version.ts';

export type MeteringDeps = {
  readonly breakers: Pick<ObservableBreakers, 'state'>;
  readonly consumer: () => ConsumerState;
};

export type Metering = {
  readonly observer: Observer;
  throttled(ms: number): void;
  /** The values of all metrics at this moment. */
  values(): Promise<MetricValues>;
  /** Call this every few seconds with the brokers' answers: the consumer knows nothing of records that it cannot fetch. */
  looked(contents: readonly PartitionContent[], progress: readonly PartitionProgress[]): void;
};

/** Collects the metrics. The processor reports its facts as they happen; the consumer and the breakers are asked at every scrape. */
export const createMetering = ({ breakers, consumer }: MeteringDeps): Metering => {
  const metrics = createMetrics({ version, breakerState: (dependency) => breakers.state(dependency) });
  const observer = createMetricsObserver(metrics);
  let inTheLog: ReadonlyMap<number, PartitionContent> = new Map();
  let reached: ReadonlyMap<number, number> = new Map();
  return {
    observer,
    looked: (contents, progress) => {
      inTheLog = new Map(contents.map((it) => [it.partition, it]));
      reached = new Map(progress.map(({ partition, next }) => [partition, next]));
    },
    throttled: (ms) => {
      metrics.throttled.inc(ms / 1000);
    },
    values: () => {
      const { partitions } = consumer();
      observer.assigned(partitions.map(({ partition }) => partition));
      for (const { partition, cursor, lag } of partitions) {
        const content = inTheLog.get(partition);
        const position = cursor ?? reached.get(partition);
        const behind =
          content === undefined || content.high === null || position === undefined
            ? null
            : content.high - position;
        if (lag !== null || behind !== null) observer.lagging(partition, Math.max(lag ?? 0, behind ?? 0));
        const held = content?.hindrances.find(({ code }) => code === 'INPUT_HELD_BACK');
        observer.heldBack(partition, held ?? null, Date.now());
      }
      return metrics.values();
    },
  };
};
