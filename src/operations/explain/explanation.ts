import { fingerprintOf } from '../../avro/fingerprint.ts';
import type { RunClosed, RunCloseRejected } from '../../domain/records.ts';
import type { TopicPartition } from '../../kafka/records/log-record.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import type { TopicNames } from '../../kafka/names/topic-names.ts';
import type { Position } from '../../wire/position.ts';
import { type DecisionFacts, duplicatesOfCommand } from '../../postgres/decisions.ts';
import type { Database } from '../../postgres/pool.ts';
import type { EventType } from '../../wire/event-types.ts';
import { findEmitted } from './emitted-events.ts';
import type { ReadValue } from '../servers/record-reading.ts';
import type { Registry } from '../servers/servers.ts';

/** Everything that is known about a decision. */
export type Explanation = {
  readonly decision: Omit<DecisionFacts, 'bodies' | 'contentHash' | 'schemaFingerprint'>;
  /** The decision's event; null if neither the store nor the topic has it any more. */
  readonly event: RunClosed | RunCloseRejected | null;
  readonly emitted: readonly (TopicPartition & { readonly offset: number })[];
  readonly duplicates: readonly (Position & { readonly seenAt: number })[];
};

export type ExplanationDeps = Pick<Registry, 'schemas'> & {
  readonly pool: Database;
  readonly reader: PartitionReader;
  readonly read: ReadValue;
  readonly names: TopicNames;
};

/** Takes the decision's event from the store; if the store no longer has it, from its topic. */
export const explanationOf = async (deps: ExplanationDeps, facts: DecisionFacts): Promise<Explanation> => {
  const { pool, reader, names } = deps;
  const { bodies: _bodies, contentHash: _hash, schemaFingerprint: _fingerprint, ...decision } = facts;
  const emitted = await findEmitted(reader, names, facts.source, TYPES[facts.outcome]);
  const inTopic = emitted[0]?.value;
  return {
    decision,
    event: storedEvent(deps, facts) ?? (inTopic ? await emittedEvent(deps, facts.outcome, inTopic) : null),
    emitted: emitted.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    duplicates: await duplicatesOfCommand(pool, facts),
  };
};

/** The event that gives the reasons comes first. */
const TYPES = {
  closed: ['run.closed', 'run.summary'],
  rejected: ['run.close.rejected'],
} as const satisfies Record<DecisionFacts['outcome'], readonly EventType[]>;

/** Null if the stored body is gone, or was written with a schema that is no longer in use. */
const storedEvent = (
  { schemas }: ExplanationDeps,
  { outcome, bodies, schemaFingerprint }: DecisionFacts,
): RunClosed | RunCloseRejected | null => {
  const types = TYPES[outcome];
  const inUse = Buffer.concat(types.map((type) => fingerprintOf(schemas[type].type)));
  const body = bodies[types[0]];
  if (body === undefined || !inUse.equals(schemaFingerprint)) return null;
  return schemas[types[0]].type.fromBuffer(body) as RunClosed | RunCloseRejected;
};

const emittedEvent = async (
  { read }: ExplanationDeps,
  outcome: DecisionFacts['outcome'],
  value: Buffer,
): Promise<RunClosed | RunCloseRejected | null> => {
  const reading = await read(TYPES[outcome][0], value);
  return reading.kind === 'run.closed' || reading.kind === 'run.close.rejected' ? reading.value : null;
};
