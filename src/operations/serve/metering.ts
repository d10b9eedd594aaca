import type { ConsumerState } from '../../kafka/consume/consumer-state.ts';
import type { Alarm } from '../../processor/alarm.ts';
import type { Hindrance, PartitionContent } from '../../kafka/read/hindrances.ts';
import type { PartitionProgress } from '../../kafka/read/input-log.ts';
import { watchEventLoop } from '../../observability/event-loop-delay.ts';
import { DEPENDENCIES } from '../../observability/metric-labels.ts';
import { createMetricsObserver, type PartitionFacts } from '../../observability/metrics-observer.ts';
import { createMetrics, type MetricValues } from '../../observability/metrics.ts';
import type { PoolUse } from '../../postgres/pool-slots.ts';
import type { Dependency } from '../../processor/ports/breakers.ts';
import type { Observer } from '../../processor/ports/observer.ts';
import type { BreakerState } from '../../resilience/breakers.ts';
import { version } from '../version.ts';
import { createCommandAges, type CommandAges } from './command-ages.ts';

/** How far one partition is, and what holds it up. */
export type PartitionPosition = {
  readonly partition: number;
  /** Everything below is decided and emitted; null: not known yet. */
  readonly next: number | null;
  readonly lag: PartitionFacts;
  readonly alarms: readonly { readonly code: Alarm['code'] | Hindrance['code']; readonly message: string }[];
};

/** What is asked at every scrape. */
export type MeteringDeps = {
  readonly breakerState: (dependency: Dependency) => BreakerState;
  /** For how long the server has not answered; 0: it answers. */
  readonly unavailableMs: (dependency: Dependency) => number;
  readonly consumer: () => ConsumerState;
  readonly poolUse: () => PoolUse;
  /** How long the longest standstill without a known reason has lasted. */
  readonly standstillMs: () => number;
  readonly isReady: () => boolean;
};

export type Metering = {
  readonly observer: Observer;
  readonly ages: CommandAges;
  throttled(ms: number): void;
  heartbeat(): void;
  /** When each configured certificate expires, by setting, in milliseconds since 1970. */
  certificates(expiries: ReadonlyMap<string, number>): void;
  /** The values of all metrics at this moment. */
  values(): Promise<MetricValues>;
  breakers(): Readonly<Record<Dependency, BreakerState>>;
  /** The partitions of this member. */
  partitions(): readonly PartitionPosition[];
  /** Call this every few seconds with the brokers' answers: the consumer knows nothing of records that it cannot fetch. */
  looked(contents: readonly PartitionContent[], progress: readonly PartitionProgress[]): void;
  close(): void;
};

const BREAKER_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** Collects the metrics. The processor reports its facts as they happen; everything else is asked at every scrape. */
export const createMetering = (deps: MeteringDeps): Metering => {
  const metrics = createMetrics();
  const ages = createCommandAges();
  const observer = createMetricsObserver(metrics, ages.ageOf);
  const stopWatching = watchEventLoop((seconds) => {
    metrics.observe('runclose_event_loop_delay_seconds', {}, seconds);
  });
  metrics.set('runclose_build_info', { version, node: process.versions.node }, 1);
  let inTheLog: ReadonlyMap<number, PartitionContent> = new Map();
  let reached: ReadonlyMap<number, number> = new Map();
  let lookedAt = 0;
  let waited = 0;
  let settings: ReadonlySet<string> = new Set();

  const factsOf = ({ partition, cursor, lag }: ConsumerState['partitions'][number]): PartitionFacts => {
    const content = inTheLog.get(partition);
    const position = cursor ?? reached.get(partition);
    const behind =
      content === undefined || content.high === null || position === undefined
        ? null
        : content.high - position;
    const lagRecords = lag === null && behind === null ? null : Math.max(lag ?? 0, behind ?? 0);
    const held = content?.hindrances.find(({ code }) => code === 'INPUT_HELD_BACK');
    const heldMs = held?.lastsMs == null ? 0 : held.lastsMs + performance.now() - lookedAt;
    return {
      partition,
      lagRecords,
      lagSeconds: lagRecords === 0 ? 0 : Math.max(ages.ageOf(partition), heldMs) / 1000,
      heldBackRecords: held?.records ?? 0,
      heldBackSeconds: heldMs / 1000,
    };
  };

  const positionOf = (owned: ConsumerState['partitions'][number]): PartitionPosition => ({
    partition: owned.partition,
    next: owned.cursor ?? reached.get(owned.partition) ?? null,
    lag: factsOf(owned),
    alarms: [
      ...(inTheLog.get(owned.partition)?.hindrances ?? []),
      ...(owned.alarm === null ? [] : [owned.alarm]),
    ].map(({ code, message }) => ({ code, message })),
  });

  const ask = (): void => {
    const { joined, partitions } = deps.consumer();
    observer.assigned(partitions.map(factsOf));
    for (const dependency of DEPENDENCIES) {
      metrics.set('runclose_breaker_state', { dependency }, BREAKER_VALUES[deps.breakerState(dependency)]);
      metrics.set(
        'runclose_server_unavailable_seconds',
        { dependency },
        deps.unavailableMs(dependency) / 1000,
      );
    }
    const { size, used, waiting, waitedMs } = deps.poolUse();
    metrics.set('runclose_database_connections', {}, size);
    metrics.set('runclose_database_connections_used', {}, used);
    metrics.set('runclose_database_queries_waiting', {}, waiting);
    metrics.count('runclose_database_wait_seconds_total', {}, (waitedMs - waited) / 1000);
    waited = waitedMs;
    metrics.set('runclose_group_members', {}, joined ? 1 : 0);
    metrics.set('runclose_standstill_seconds', {}, deps.standstillMs() / 1000);
    metrics.set('runclose_ready', {}, deps.isReady() ? 1 : 0);
  };

  return {
    observer,
    ages,
    looked: (contents, progress) => {
      inTheLog = new Map(contents.map((content) => [content.partition, content]));
      reached = new Map(progress.map(({ partition, next }) => [partition, next]));
      lookedAt = performance.now();
      for (const { partition, next } of progress) ages.reached(partition, next);
      for (const { partition, high } of contents) if (high !== null) ages.sawEnd(partition, high);
    },
    throttled: (ms) => metrics.count('runclose_kafka_throttled_seconds_total', {}, ms / 1000),
    heartbeat: () => metrics.count('runclose_heartbeats_total', {}),
    certificates: (expiries) => {
      for (const setting of settings)
        if (!expiries.has(setting))
          metrics.remove('runclose_certificate_expiry_timestamp_seconds', { setting });
      for (const [setting, expiry] of expiries)
        metrics.set('runclose_certificate_expiry_timestamp_seconds', { setting }, expiry / 1000);
      settings = new Set(expiries.keys());
    },
    breakers: () => ({
      kafka: deps.breakerState('kafka'),
      postgres: deps.breakerState('postgres'),
      registry: deps.breakerState('registry'),
    }),
    partitions: () => deps.consumer().partitions.map(positionOf),
    values: () => {
      ask();
      return metrics.values();
    },
    close: stopWatching,
  };
};
