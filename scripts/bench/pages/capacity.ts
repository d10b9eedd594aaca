import type { Measured } from '../part.ts';
import { BACKLOG, WRITTEN } from '../serve/backlog.ts';

/** The measured costs of one command. */
export type Costs = {
  /** CPU microseconds. */
  readonly processor: number;
  readonly kafka: number;
  readonly postgres: number;
  /** Resident memory of an instance. */
  readonly instanceMb: number;
  /** Bytes. */
  readonly tables: number;
  readonly wal: number;
  readonly commands: number;
  readonly events: number;
  /** Commands a second of one instance, and of one channel alone. */
  readonly aSecond: number;
  readonly oneChannel: number;
};

export type Need = {
  readonly rate: number;
  /** Members of the group: instances with one worker, or workers. */
  readonly members: number;
  readonly partitions: number;
  readonly connections: number;
  readonly kafkaCores: number;
  readonly postgresCores: number;
  readonly memoryGb: number;
  /** MB a second. */
  readonly walMb: number;
  readonly kafkaInMb: number;
  readonly networkMb: number;
  /** GB a day. */
  readonly postgresGb: number;
  readonly kafkaGb: number;
};

/** Use half of the capacity: latency stays low, and the other half serves to catch up after an outage. */
const UTILISATION = 0.5;
/** A member works on several partitions in parallel, with one connection for each. Two more are for leases and checks. */
const PARTITIONS_A_MEMBER = 3;
const SPARE_CONNECTIONS = 2;

export const needFor = (rate: number, costs: Costs): Need => {
  const cores = (micros: number): number => (rate * micros) / 1e6 / UTILISATION;
  const members = Math.max(2, Math.ceil(cores(costs.processor)));
  const mb = (bytes: number): number => (rate * bytes) / 1e6;
  const gbADay = (bytes: number): number => (rate * bytes * 86_400) / 1e9;
  return {
    rate,
    members,
    partitions: members * PARTITIONS_A_MEMBER,
    connections: members * (PARTITIONS_A_MEMBER + SPARE_CONNECTIONS),
    kafkaCores: cores(costs.kafka),
    postgresCores: cores(costs.postgres),
    memoryGb: (members * costs.instanceMb) / 1024,
    walMb: mb(costs.wal),
    kafkaInMb: mb(costs.commands + costs.events),
    // Counts commands into and out of Kafka, events into Kafka, and rows to Postgres, but no copies between brokers and no subscribers.
    networkMb: mb(2 * costs.commands + costs.events + costs.tables),
    postgresGb: gbADay(costs.tables),
    kafkaGb: gbADay(costs.commands + costs.events),
  };
};

/** Throws if a required table is missing. */
export const costsIn = (measured: readonly Measured[]): Costs => {
  const of = (part: string, row: (row: Measured['rows'][number]) => boolean, column: string): number => {
    const found = measured.find((each) => each.part === part)?.rows.find(row)?.[column];
    if (typeof found !== 'number') throw new Error(`${part} was not measured: ${column} is missing`);
    return found;
  };
  const isServe = (row: Measured['rows'][number]): boolean => row['what'] === 'serve';
  const backlog = (column: string): number => of(BACKLOG, isServe, column);
  const written = (column: string): number => of(WRITTEN, isServe, column);
  return {
    processor: backlog('its µs'),
    kafka: backlog('Kafka µs'),
    postgres: backlog('Postgres µs'),
    instanceMb: backlog('most MB'),
    tables: written('tables'),
    wal: written('WAL'),
    commands: written('commands'),
    events: written('events'),
    aSecond: backlog('a second'),
    oneChannel: of('growth: members', () => true, 'a second'),
  };
};
