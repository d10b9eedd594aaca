/**
 * The one table of RunClose's own metrics. The registry, docs/metrics.md and the Grafana dashboard come from this table. Names follow
 * Prometheus: the prefix `runclose_`, base units, `_total` for counters. Each label has a closed set of values, so the number of series is
 * known; only `partition` grows, with the partitions that an instance owns.
 */
import type { MetricDefinition } from './metric-definition.ts';
import {
  ALARM_CODES,
  CERTIFICATE_SETTINGS,
  DEPENDENCIES,
  FENCING_CODES,
  REASONS_OF,
  RETRY_CODES,
  STAGES,
  TAKEOVER_CAUSES,
} from './metric-labels.ts';

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const PER_PARTITION = { partition: 'partition' } as const;
const PER_SERVER = { dependency: DEPENDENCIES } as const;

export const METRICS = {
  runclose_commands_total: {
    type: 'counter',
    section: 'Commands',
    help: 'Commands whose outcome is final, by outcome and reason. The reasons are those of the events and of the dead letters.',
    act: '`dead_letter` rises: a publisher is broken. `duplicate` rises fast: a publisher sends everything again',
    labels: { outcome: Object.keys(REASONS_OF), reason: [...new Set(Object.values(REASONS_OF).flat())] },
    combinations: Object.entries(REASONS_OF).flatMap(([outcome, reasons]) =>
      reasons.map((reason) => ({ outcome, reason })),
    ),
  },
  runclose_commands_misplaced_total: {
    type: 'counter',
    section: 'Commands',
    help: 'Commands in another partition than murmur2 chooses for their key. Their publisher uses another partitioner.',
    act: 'it rises: set murmur2 in that publisher',
    labels: {},
  },
  runclose_command_age_seconds: {
    type: 'histogram',
    section: 'Commands',
    help: "Age of a batch's oldest command when the events of the batch were emitted, by the broker's timestamp of the command.",
    unit: 'seconds',
    labels: {},
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  },

  runclose_consumer_lag_records: {
    type: 'gauge',
    section: 'Lag',
    help: 'Commands of the partition whose outcome is not final yet, including those behind open transactions. 0 if no command waits.',
    act: 'it grows for minutes',
    labels: PER_PARTITION,
  },
  runclose_consumer_lag_seconds: {
    type: 'gauge',
    section: 'Lag',
    help: 'Age of the oldest command of the partition that still waits for its outcome. 0 if no command waits; never negative.',
    act: 'above one minute',
    unit: 'seconds',
    labels: PER_PARTITION,
  },
  runclose_consumer_held_back_records: {
    type: 'gauge',
    section: 'Lag',
    help: 'Offsets of the partition that no processor can read before their publisher ends a transaction.',
    act: 'above 0 for minutes: end that transaction',
    labels: PER_PARTITION,
  },
  runclose_consumer_held_back_seconds: {
    type: 'gauge',
    section: 'Lag',
    help: 'Age of the oldest open transaction that holds records of the partition back.',
    unit: 'seconds',
    labels: PER_PARTITION,
  },

  runclose_partition_alarm: {
    type: 'gauge',
    section: 'Partitions',
    help: '1 while the partition waits for somebody to act. The code names the alarm.',
    act: 'at once',
    labels: { ...PER_PARTITION, code: ALARM_CODES },
  },
  runclose_standstill_seconds: {
    type: 'gauge',
    section: 'Partitions',
    help: 'How long a part of the process has had work but made no progress for no known reason. At 300 s, the process ends itself.',
    act: 'above one minute',
    unit: 'seconds',
    labels: {},
  },
  runclose_lease_epoch: {
    type: 'gauge',
    section: 'Partitions',
    help: 'Epoch of the lease under which this instance owns the partition. Each new owner raises the epoch.',
    labels: PER_PARTITION,
  },
  runclose_reconciliations_total: {
    type: 'counter',
    section: 'Partitions',
    help: 'How often this instance took a partition over: it took the lease, fenced the former owner and found the offset to start at.',
    act: 'it rises without deploys or crashes',
    labels: { cause: TAKEOVER_CAUSES },
  },
  runclose_fenced_total: {
    type: 'counter',
    section: 'Partitions',
    help: 'How often this instance was fenced: it tried to write to a partition that another owner has taken over.',
    act: 'it rises without deploys or crashes',
    labels: { code: FENCING_CODES },
  },
  runclose_offsets_decided_again_total: {
    type: 'counter',
    section: 'Partitions',
    help: 'Offsets decided again because Postgres had lost their decisions. Each new decision equals the events already emitted.',
    act: 'it rises: Postgres has lost commits',
    labels: {},
  },
  runclose_group_members: {
    type: 'gauge',
    section: 'Partitions',
    help: 'Members of the consumer group in this process: one for each worker that has joined.',
    labels: {},
    merged: 'sum',
  },
  runclose_heartbeats_total: {
    type: 'counter',
    section: 'Partitions',
    help: "Heartbeats that Kafka's group coordinator has answered.",
    act: 'it stops rising: the process has left the group, or Kafka does not answer',
    labels: {},
  },

  runclose_batch_records: {
    type: 'histogram',
    section: 'Batches',
    help: 'Commands in a batch. Each batch is one Postgres transaction and one Kafka transaction.',
    labels: {},
    buckets: [1, 5, 10, 25, 50, 100, 250, 500],
  },
  runclose_batch_seconds: {
    type: 'histogram',
    section: 'Batches',
    help: 'How long each stage of a batch took: `decode` the records, `decide`, `store` in Postgres (time to decide not included), `emit` to Kafka.',
    act: 'a stage is slow: look at its server. `decode` is the registry, `store` is Postgres, `emit` is Kafka',
    unit: 'seconds',
    labels: { stage: STAGES },
    buckets: SECONDS,
  },
  runclose_retries_total: {
    type: 'counter',
    section: 'Batches',
    help: 'Batches tried again, by the code of the failure. A retry skips and rejects nothing.',
    act: 'it rises while every server answers',
    labels: { code: RETRY_CODES },
  },

  runclose_breaker_state: {
    type: 'gauge',
    section: 'Servers',
    help: 'The circuit breaker of a server: 0 closed (the server answers), 1 half-open (the next request is a trial), 2 open (no requests).',
    labels: PER_SERVER,
  },
  runclose_server_unavailable_seconds: {
    type: 'gauge',
    section: 'Servers',
    help: 'How long the server has not answered: its breaker is open, or the check every ten seconds fails. 0 while the server answers.',
    act: 'longer than a restart of the server takes',
    unit: 'seconds',
    labels: PER_SERVER,
  },
  runclose_database_connections: {
    type: 'gauge',
    section: 'Servers',
    help: 'Connections to Postgres that this process may open at most: DATABASE_POOL_SIZE.',
    labels: {},
    merged: 'sum',
  },
  runclose_database_connections_used: {
    type: 'gauge',
    section: 'Servers',
    help: 'Connections to Postgres that are in use at this moment.',
    labels: {},
    merged: 'sum',
  },
  runclose_database_queries_waiting: {
    type: 'gauge',
    section: 'Servers',
    help: 'Transactions and queries that wait at this moment because all connections to Postgres are in use.',
    act: 'above 0 for minutes: raise DATABASE_POOL_SIZE',
    labels: {},
    merged: 'sum',
  },
  runclose_database_wait_seconds_total: {
    type: 'counter',
    section: 'Servers',
    help: 'Total time that transactions and queries have waited for a free connection to Postgres.',
    unit: 'seconds',
    labels: {},
  },
  runclose_kafka_throttled_seconds_total: {
    type: 'counter',
    section: 'Servers',
    help: 'Total time that brokers have throttled this client because it exceeds a quota, summed over its connections.',
    act: 'it rises: a quota is too low for the load',
    unit: 'seconds',
    labels: {},
  },
  runclose_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    section: 'Servers',
    help: 'When the certificate in a setting expires, in seconds since 1970. If the file holds several authorities, the one that expires last counts.',
    act: 'two weeks before',
    unit: 'timestamp',
    labels: { setting: CERTIFICATE_SETTINGS },
    merged: 'min',
  },

  runclose_channel_deviation_runs: {
    type: 'histogram',
    section: 'Fairness',
    help: 'Largest distance of a participant from the fair share, in runs, before each closed run. The policy fair-share usually keeps it below 2.',
    act: 'more runs lie above 2: look at the channels with `runclose fairness`',
    labels: {},
    buckets: [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
  },

  runclose_build_info: {
    type: 'gauge',
    section: 'Process',
    help: 'Always 1. The labels say which version of RunClose runs on which version of Node.',
    labels: { version: 'any', node: 'any' },
  },
  runclose_ready: {
    type: 'gauge',
    section: 'Process',
    help: '1 if the last check found the process ready (as /health/ready says), else 0. The process checks every ten seconds.',
    act: 'no instance has 1',
    labels: {},
    merged: 'min',
  },
  runclose_event_loop_delay_seconds: {
    type: 'histogram',
    section: 'Process',
    help: "How late a timer fires, measured twice a second. A timer is late while Node's event loop is busy.",
    act: 'above 1 s: the process has too little CPU',
    unit: 'seconds',
    labels: {},
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

/** The table with its common type, for code that treats all metrics alike. */
export const definitionsOfMetrics: readonly (readonly [MetricName, MetricDefinition])[] = Object.entries(
  METRICS,
) as [MetricName, MetricDefinition][];
