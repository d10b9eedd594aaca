import type { Alarm, Dependency } from '../processor/ports.ts';

/** What the process knows of itself at one moment. Times are milliseconds of one clock. */
export type LivenessFacts = {
  readonly now: number;
  readonly consumer: ConsumerState;
  /** When the Kafka client last did anything at all: fetched, joined, answered a heartbeat, or failed at one of these. */
  readonly lastSignOfLife: number;
  /** The batches under way. */
  readonly batches: readonly { readonly partition: number; readonly since: number }[];
  readonly alarms: ReadonlyMap<number, Alarm>;
  readonly openDependencies: readonly Dependency[];
};

/** And what only its servers can tell. */
export type ReadinessFacts = LivenessFacts & { readonly database: Probe; readonly schemas: Probe };

export type ConsumerState =
  | { readonly kind: 'joining' }
  /** Without partitions it stands by for those who have them. */
  | { readonly kind: 'member'; readonly partitions: readonly number[] }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'crashed'; readonly reason: string };

export type Probe = { readonly kind: 'ok' } | { readonly kind: 'failing'; readonly reason: string };

export type HealthCheck = {
  readonly name: 'consumer' | 'progress' | 'partitions' | 'database' | 'schemas';
  /** `waiting`: it stands still, and it is known why. */
  readonly status: 'ok' | 'waiting' | 'failing';
  readonly detail: string;
};

export type HealthReport = { readonly status: 'ok' | 'failing'; readonly checks: readonly HealthCheck[] };

/** Longer than every time budget of a batch, and than the client's own retries. */
export const STALLED_AFTER_MS = 120_000;

/** Live: the loop makes progress, has nothing to do, or waits behind an open breaker or a stated alarm. */
export const liveness = (facts: LivenessFacts): HealthReport =>
  report([consumerLives(facts), progress(facts), alarms(facts)]);

/** Ready: assigned or standing by, the database reachable, every schema in use known. */
export const readiness = (facts: ReadinessFacts): HealthReport =>
  report([
    hasJoined(facts),
    alarms(facts),
    fromProbe('database', 'reachable', facts.database),
    fromProbe('schemas', 'known', facts.schemas),
  ]);

const report = (checks: readonly HealthCheck[]): HealthReport => ({
  status: checks.some(({ status }) => status === 'failing') ? 'failing' : 'ok',
  checks,
});

const consumerLives = ({ consumer }: LivenessFacts): HealthCheck => ({
  name: 'consumer',
  status: consumer.kind === 'crashed' ? 'failing' : 'ok',
  detail: describe(consumer),
});

const hasJoined = ({ consumer }: LivenessFacts): HealthCheck => ({
  name: 'consumer',
  status: consumer.kind === 'member' ? 'ok' : 'failing',
  detail: describe(consumer),
});

const describe = (consumer: ConsumerState): string => {
  switch (consumer.kind) {
    case 'joining':
      return 'joining the group';
    case 'stopping':
      return 'finishing what is under way';
    case 'crashed':
      return `stopped: ${consumer.reason}`;
    case 'member':
      return consumer.partitions.length === 0
        ? 'standing by'
        : `has partitions ${consumer.partitions.join(', ')}`;
  }
};

const progress = ({ now, batches, openDependencies, lastSignOfLife }: LivenessFacts): HealthCheck => {
  if (openDependencies.length > 0) {
    return { name: 'progress', status: 'waiting', detail: `waiting for ${openDependencies.join(', ')}` };
  }
  const stalled = batches
    .filter(({ since }) => now - since > STALLED_AFTER_MS)
    .map(({ partition }) => partition);
  if (stalled.length > 0) {
    return {
      name: 'progress',
      status: 'failing',
      detail: `stuck in a batch of partition ${stalled.join(', ')}`,
    };
  }
  const silentMs = now - lastSignOfLife;
  return silentMs > STALLED_AFTER_MS
    ? {
        name: 'progress',
        status: 'failing',
        detail: `the Kafka client has been silent for ${seconds(silentMs)} s`,
      }
    : { name: 'progress', status: 'ok', detail: batches.length === 0 ? 'nothing to do' : 'working' };
};

const seconds = (ms: number): string => Math.round(ms / 1000).toString();

const alarms = ({ alarms: raised }: LivenessFacts): HealthCheck =>
  raised.size === 0
    ? { name: 'partitions', status: 'ok', detail: 'no alarm' }
    : {
        name: 'partitions',
        status: 'waiting',
        detail: [...raised.values()].map(({ code, message }) => `${code}: ${message}`).join('; '),
      };

const fromProbe = (name: 'database' | 'schemas', fine: string, probe: Probe): HealthCheck =>
  probe.kind === 'ok'
    ? { name, status: 'ok', detail: fine }
    : { name, status: 'failing', detail: probe.reason };
