/**
 * The requests of a processor to its servers, as values. A request can wait, be answered, be lost, or arrive when no processor waits for
 * it.
 */
import { Failure, failureOf } from '../../../src/processor/failure.ts';
import type { BatchRange, BatchState, BatchWrites } from '../../../src/processor/ports/decision-store.ts';
import type { Applicant, Lease } from '../../../src/processor/ports/lease.ts';
import type { Emission } from '../../../src/processor/ports/output.ts';
import * as brokers from '../in-memory/kafka.ts';
import * as database from '../in-memory/postgres.ts';

export type Servers = { readonly kafka: brokers.Kafka; readonly postgres: database.Postgres };

export type Request =
  | ({ readonly kind: 'takeLease' } & Applicant)
  | {
      readonly kind: 'closeRuns';
      readonly lease: Lease;
      readonly range: BatchRange;
      readonly decide: (state: BatchState) => BatchWrites;
    }
  /** Under any lease; only a broken store sends this request. */
  | {
      readonly kind: 'closeRunsUnfenced';
      readonly lease: Lease;
      readonly range: BatchRange;
      readonly decide: (state: BatchState) => BatchWrites;
    }
  /** A transaction in two halves, as without the ledgers' row locks; only a broken store sends this request. */
  | { readonly kind: 'readUnlocked'; readonly lease: Lease; readonly range: BatchRange }
  | {
      readonly kind: 'writeUnlocked';
      readonly lease: Lease;
      readonly range: BatchRange;
      readonly writes: BatchWrites;
    }
  | { readonly kind: 'recordEmitted'; readonly lease: Lease; readonly emittedThrough: number }
  /** `transactionalId` null: a unique id, which fences nobody. */
  | { readonly kind: 'fence'; readonly partition: number; readonly transactionalId: string | null }
  | {
      readonly kind: 'publish';
      readonly identity: brokers.ProducerIdentity;
      readonly emissions: readonly Emission[];
      readonly end: number;
    }
  /** Into another partition than the command's; only a broken output sends this request. */
  | {
      readonly kind: 'publishInto';
      readonly into: number;
      readonly identity: brokers.ProducerIdentity;
      readonly emissions: readonly Emission[];
      readonly end: number;
    }
  /** The last request of a transaction that its producer has abandoned. */
  | { readonly kind: 'commit'; readonly identity: brokers.ProducerIdentity; readonly end: number }
  | {
      readonly kind: 'identity' | 'bounds' | 'committedOffset' | 'lastEmittedSource';
      readonly partition: number;
    }
  | {
      readonly kind: 'emittedEvents' | 'deadLettered';
      readonly partition: number;
      readonly first: number;
      readonly end: number;
    }
  | { readonly kind: 'heartbeat'; readonly partition: number; readonly generation: number };

export const partitionAsked = (request: Request): number => {
  if ('lease' in request) return request.lease.partition;
  return 'identity' in request ? request.identity.partition : request.partition;
};

export type Answer = { readonly value: unknown } | { readonly failure: Failure };

export type Served = { readonly servers: Servers; readonly answer: Answer };

const NO_POLICIES: database.Policies = new Map();

/** Serves a request at once and completely. */
export const serve = (servers: Servers, request: Request): Served => {
  try {
    return serving(servers, request);
  } catch (thrown) {
    return { servers, answer: { failure: failureOf(thrown) } };
  }
};

const serving = (servers: Servers, request: Request): Served => {
  const { kafka, postgres } = servers;
  const answerWith = (value: unknown, change: Partial<Servers> = {}): Served => ({
    servers: { ...servers, ...change },
    answer: { value },
  });

  switch (request.kind) {
    case 'takeLease': {
      const taken = database.takeLease(postgres, request);
      return answerWith(taken.grant, { postgres: taken.postgres });
    }
    case 'closeRuns': {
      const { lease, range, decide } = request;
      const writes = decide(database.read(postgres, lease, range, NO_POLICIES));
      return answerWith(writes, { postgres: database.write(postgres, lease, range, writes) });
    }
    case 'closeRunsUnfenced': {
      const { lease, range, decide } = request;
      const row = postgres.leases.get(lease.partition);
      const current = row === undefined ? lease : { ...lease, holder: row.holder, epoch: row.epoch };
      const writes = decide(database.read(postgres, current, { ...range, first: 0 }, NO_POLICIES));
      return answerWith(current.holder === lease.holder ? writes : { ...writes, unheld: lease.holder }, {
        postgres: database.write(postgres, current, { ...range, first: 0 }, writes),
      });
    }
    case 'readUnlocked':
      return answerWith(database.read(postgres, request.lease, request.range, NO_POLICIES));
    case 'writeUnlocked':
      return answerWith(undefined, {
        postgres: database.write(postgres, request.lease, request.range, request.writes),
      });
    case 'recordEmitted':
      return answerWith(undefined, {
        postgres: database.release(postgres, request.lease, request.emittedThrough),
      });
    case 'fence': {
      const fenced = brokers.fence(kafka, request.partition, request.transactionalId ?? 'own');
      return answerWith(fenced.identity, { kafka: fenced.kafka });
    }
    case 'publish': {
      const sent = brokers.send(kafka, request.identity, request.emissions);
      return answerWith(undefined, { kafka: brokers.commit(sent, request.identity, request.end) });
    }
    case 'publishInto': {
      const { into, identity, emissions, end } = request;
      return answerWith(undefined, {
        kafka: brokers.emitInto(brokers.commit(kafka, identity, end), into, emissions),
      });
    }
    case 'commit':
      return answerWith(undefined, { kafka: brokers.commit(kafka, request.identity, request.end) });
    case 'identity':
      return answerWith(brokers.identityOf(kafka, request.partition));
    case 'deadLettered':
      return answerWith(brokers.deadLettered(kafka, request));
    case 'bounds': {
      const { low, high } = brokers.partitionOf(kafka, request.partition);
      return answerWith({ low, high });
    }
    case 'committedOffset':
      return answerWith(brokers.partitionOf(kafka, request.partition).groupOffset);
    case 'lastEmittedSource':
      return answerWith(brokers.lastEmittedSource(kafka, request.partition));
    case 'emittedEvents':
      return answerWith(brokers.emittedEvents(kafka, request));
    case 'heartbeat':
      return answerWith(undefined);
  }
};

/**
 * The effect of a request whose sender has abandoned it or has died: the request may still arrive. It may arrive at any moment, including
 * at once, or only after the end.
 */
export const abandon = (
  servers: Servers,
  request: Request,
): { readonly servers: Servers; readonly late: Request | null } => {
  switch (request.kind) {
    case 'takeLease':
    case 'closeRuns':
    case 'closeRunsUnfenced':
    case 'writeUnlocked':
    case 'fence':
    case 'publishInto':
    case 'commit':
      return { servers, late: request };
    case 'publish': {
      const { identity, end } = request;
      return { servers: sendOnly(servers, request), late: { kind: 'commit', identity, end } };
    }
    case 'readUnlocked':
    case 'recordEmitted':
    case 'identity':
    case 'bounds':
    case 'committedOffset':
    case 'lastEmittedSource':
    case 'emittedEvents':
    case 'deadLettered':
    case 'heartbeat':
      return { servers, late: null };
  }
};

const sendOnly = (
  servers: Servers,
  { identity, emissions }: Extract<Request, { kind: 'publish' }>,
): Servers => {
  try {
    return { ...servers, kafka: brokers.send(servers.kafka, identity, emissions) };
  } catch {
    return servers;
  }
};

/** Whether no other owner can affect the request: its answer does not depend on anything that two owners race for. */
export const isServedAtOnce = ({ kind }: Request): boolean =>
  kind === 'identity' ||
  kind === 'bounds' ||
  kind === 'recordEmitted' ||
  kind === 'emittedEvents' ||
  kind === 'deadLettered' ||
  kind === 'heartbeat';

/** The request as a schedule shows it. */
export const describeRequest = (request: Request): string => {
  switch (request.kind) {
    case 'takeLease':
      return `take the lease of partition ${request.partition} in generation ${request.generation}`;
    case 'closeRuns':
    case 'closeRunsUnfenced':
      return `store ${request.range.first}–${request.range.end - 1} under ${request.lease.holder}`;
    case 'readUnlocked':
      return `read the ledgers for ${request.range.first}–${request.range.end - 1} without locking them`;
    case 'writeUnlocked':
      return `write ${request.range.first}–${request.range.end - 1} under ${request.lease.holder}`;
    case 'recordEmitted':
      return `let go of ${request.lease.holder}`;
    case 'fence':
      return `fence the producer of partition ${request.partition}`;
    case 'publish':
    case 'publishInto':
      return `publish ${request.emissions.length} records up to ${request.end} under producer epoch ${request.identity.epoch}`;
    case 'commit':
      return `commit up to ${request.end} under producer epoch ${request.identity.epoch}`;
    case 'identity':
      return 'ask which topics these are';
    case 'deadLettered':
      return `read what was dead-lettered of ${request.first}–${request.end - 1}`;
    case 'bounds':
      return 'ask for the ends of the input';
    case 'committedOffset':
      return 'ask for the committed offset';
    case 'lastEmittedSource':
      return 'ask for the last source in the outputs';
    case 'emittedEvents':
      return `read what was emitted of ${request.first}–${request.end - 1}`;
    case 'heartbeat':
      return 'send a heartbeat';
  }
};
