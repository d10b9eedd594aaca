import type { Alarm } from '../processor/alarm.ts';
import type { Dependency } from '../processor/ports/breakers.ts';
import type { ConsumerState } from './consumer-state.ts';
import { describeStandstill, type Standstill } from './standstill.ts';

/** Facts that the process knows without asking a server. */
export type LivenessFacts = {
  readonly consumer: ConsumerState;
  /** The partitions that have a batch in flight. */
  readonly working: readonly number[];
  /** By partition, the code of the failure that explains why its batch is retried. */
  readonly retried: ReadonlyMap<number, string>;
  /** By partition, why its records cannot be read. */
  readonly hindered?: ReadonlyMap<number, string>;
  /** Standstills that have lasted too long and that nothing explains. */
  readonly standstills: readonly Standstill[];
  readonly alarms: ReadonlyMap<number, Alarm>;
  readonly openDependencies: readonly Dependency[];
};

/** The same facts, and the state of the servers. */
export type ReadinessFacts = LivenessFacts & {
  /** The result of the last periodic check; the other two are asked now. */
  readonly kafka: Probe;
  readonly database: Probe;
  readonly schemas: Probe;
};

export type Probe = { readonly kind: 'ok' } | { readonly kind: 'failing'; readonly reason: string };

export type HealthCheck = {
  readonly name: 'consumer' | 'progress' | 'partitions' | 'kafka' | 'database' | 'schemas';
  /** `waiting`: there is no progress, for a known reason. */
  readonly status: 'ok' | 'waiting' | 'failing';
  readonly detail: string;
};

export type HealthReport = { readonly status: 'ok' | 'failing'; readonly checks: readonly HealthCheck[] };

/** The process is live if it makes progress, has nothing to do, or waits for a known reason. */
export const liveness = (facts: LivenessFacts): HealthReport =>
  report([membership(facts), progress(facts), alarms(facts)]);

/** The process is ready if it is a member of the group, Kafka and Postgres are reachable, and every schema in use is known. */
export const readiness = (facts: ReadinessFacts): HealthReport =>
  report([
    hasJoined(facts),
    alarms(facts),
    fromProbe('kafka', 'reachable', facts.kafka),
    fromProbe('database', 'reachable', facts.database),
    fromProbe('schemas', 'known', facts.schemas),
  ]);

const report = (checks: readonly HealthCheck[]): HealthReport => ({
  status: checks.some(({ status }) => status === 'failing') ? 'failing' : 'ok',
  checks,
});

/**
 * Joins the reports of all group members in this process. A check has the status of its worst member. Details that differ name the worker.
 */
export const united = (reports: readonly HealthReport[]): HealthReport => {
  const names = new Set(reports.flatMap(({ checks }) => checks.map(({ name }) => name)));
  return report(
    [...names].map((name) => {
      const workerChecks = reports.flatMap(({ checks }, index) =>
        checks.filter((check) => check.name === name).map((check) => ({ ...check, worker: index + 1 })),
      );
      const isSame =
        new Set(workerChecks.map(({ detail }) => detail)).size === 1 &&
        workerChecks.length === reports.length;
      const details = workerChecks.map(({ worker, detail }) => `worker ${worker}: ${detail}`).join('; ');
      return {
        name,
        status: worstOf(workerChecks),
        detail: isSame ? (workerChecks[0]?.detail ?? '') : details,
      };
    }),
  );
};

const worstOf = (checks: readonly HealthCheck[]): HealthCheck['status'] =>
  (['failing', 'waiting'] as const).find((candidate) => checks.some(({ status }) => status === candidate)) ??
  'ok';

const membership = ({ consumer }: LivenessFacts): HealthCheck => ({
  name: 'consumer',
  status: 'ok',
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
      return 'finishing the batches in flight';
    case 'member':
      return consumer.partitions.length === 0
        ? 'standing by'
        : `has partitions ${consumer.partitions.join(', ')}`;
  }
};

const progress = ({
  standstills,
  openDependencies,
  retried,
  hindered = new Map(),
  working,
  alarms: raised,
}: LivenessFacts): HealthCheck => {
  const withStatus = (status: HealthCheck['status'], detail: string): HealthCheck => ({
    name: 'progress',
    status,
    detail,
  });
  if (standstills.length > 0) return withStatus('failing', standstills.map(describeStandstill).join('; '));
  if (openDependencies.length > 0) return withStatus('waiting', `waiting for ${openDependencies.join(', ')}`);
  if (retried.size > 0) {
    const failures = [...retried].map(([partition, code]) => `partition ${partition}: ${code}`);
    return withStatus('waiting', `retrying ${failures.join(', ')}`);
  }
  if (hindered.size > 0) {
    const reasons = [...hindered].map(([partition, code]) => `partition ${partition}: ${code}`);
    return withStatus('waiting', `cannot read ${reasons.join(', ')}`);
  }
  if (raised.size > 0) {
    const partitions = [...raised.keys()].join(', ');
    const waiting = raised.size === 1 ? `partition ${partitions} waits` : `partitions ${partitions} wait`;
    return withStatus('waiting', `${waiting}: the check "partitions" says why`);
  }
  return withStatus('ok', working.length === 0 ? 'nothing to do' : 'working');
};

const alarms = ({ alarms: raised }: LivenessFacts): HealthCheck =>
  raised.size === 0
    ? { name: 'partitions', status: 'ok', detail: 'no alarm' }
    : {
        name: 'partitions',
        status: 'waiting',
        detail: [...raised.values()].map(({ code, message }) => `${code}: ${message}`).join('; '),
      };

const fromProbe = (name: 'kafka' | 'database' | 'schemas', fine: string, probe: Probe): HealthCheck =>
  probe.kind === 'ok'
    ? { name, status: 'ok', detail: fine }
    : { name, status: 'failing', detail: probe.reason };
