/** All metrics of the processor. Their names follow Prometheus: base units, `_total` for counters, and labels with few values. */
import {
  type Aggregator,
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import type { Dependency } from '../processor/ports/breakers.ts';

type BreakerState = 'closed' | 'half-open' | 'open';

export type MetricsDeps = {
  readonly version: string;
  /** Called at every scrape. */
  readonly breakerState: (dependency: Dependency) => BreakerState;
};

export type Metrics = ReturnType<typeof createMetrics>;

/** The values of all metrics at one moment. Threads can send them to each other. */
export type MetricValues = readonly MetricObjectWithValues<MetricValue<string>>[];

/**
 * The answer to `GET /metrics`: joins the values of all group members in this process. Counters and histograms are summed. A gauge with a
 * partition has a value only in the partition's owner; during a rebalance two members may have one, and the higher value is shown.
 */
export const exposition = async (
  members: readonly MetricValues[],
): Promise<{ readonly contentType: string; readonly body: string }> => {
  const united = AggregatorRegistry.aggregate(members as object[]);
  return { contentType: united.contentType, body: await united.metrics() };
};

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const RECORDS = [1, 5, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const BREAKER_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

export const createMetrics = ({ version, breakerState }: MetricsDeps) => {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  collectDefaultMetrics({ register: registry });

  new Gauge({
    name: 'runclose_build_info',
    help: 'Always 1; the labels tell the version.',
    labelNames: ['version', 'node'],
    registers: [...registers],
    aggregator: 'first',
  }).set({ version, node: process.versions.node }, 1);

  new Gauge({
    name: 'runclose_breaker_state',
    help: 'The circuit breaker of a server: 0 closed, 1 half-open, 2 open.',
    labelNames: ['dependency'],
    registers: [...registers],
    aggregator: 'max',
    collect() {
      for (const dependency of ['kafka', 'postgres', 'registry'] as const) {
        this.set({ dependency }, BREAKER_VALUES[breakerState(dependency)]);
      }
    },
  });

  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers: [...registers] });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers: [...registers], aggregator: 'max' });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram({ name, help, buckets, labelNames, registers: [...registers] });

  return {
    commands: counter('runclose_commands_total', 'Commands decided, by outcome.', 'outcome'),
    misplaced: counter(
      'runclose_commands_misplaced_total',
      'Commands in a partition that murmur2 would not choose for their key: their publisher partitions otherwise.',
    ),
    batchSeconds: histogram(
      'runclose_batch_seconds',
      'How long a batch took: `decide` is the Postgres transaction, `emit` the Kafka transaction.',
      SECONDS,
      'phase',
    ),
    batchRecords: histogram('runclose_batch_records', 'Commands in a batch.', RECORDS),
    retries: counter('runclose_retries_total', 'Batches tried again, by the code of the failure.', 'code'),
    reconciliations: counter('runclose_reconciliations_total', 'Partitions taken over, by cause.', 'cause'),
    foldedAgain: counter(
      'runclose_folded_again_offsets_total',
      'Offsets decided again, equal to what was emitted, because Postgres had lost them.',
    ),
    throttled: counter(
      'runclose_kafka_throttled_seconds_total',
      'For how long brokers have throttled this client, because it exceeds a quota. Summed over its connections.',
    ),
    lag: gauge(
      'runclose_consumer_lag_records',
      'Offsets of the partition that are not processed yet, including those held back by open transactions.',
      'partition',
    ),
    heldBack: gauge(
      'runclose_consumer_held_back_records',
      'Offsets of the partition that cannot be read until an open transaction ends.',
      'partition',
    ),
    heldBackSeconds: gauge(
      'runclose_consumer_held_back_seconds',
      'How long the oldest open transaction has held records of the partition back.',
      'partition',
    ),
    alarm: gauge(
      'runclose_partition_alarm',
      '1 while the partition waits for somebody to act.',
      'partition',
      'code',
    ),
    leaseEpoch: gauge('runclose_lease_epoch', 'Epoch of the lease that this instance holds.', 'partition'),
    values: async (): Promise<MetricValues> =>
      ((await registry.getMetricsAsJSON()) as MetricValues).map((metric) =>
        // Every thread reports these values of the whole process: a sum would count them several times.
        metric.name.startsWith('process_') ? { ...metric, aggregator: 'first' satisfies Aggregator } : metric,
      ),
  };
};
