/** Runs the product's processor with ports whose requests wait for the simulation. */
import type { Alarm } from '../../../src/processor/alarm.ts';
import { failureOf, type Failure } from '../../../src/processor/failure.ts';
import type { BatchHandler, Handled, Membership } from '../../../src/processor/ports/batch-handler.ts';
import type { LogIdentity } from '../../../src/processor/ports/input-log.ts';
import type { InputBatch } from '../../../src/processor/ports/input-record.ts';
import type { LeaseGrant } from '../../../src/processor/ports/lease.ts';
import type { ProcessorDeps } from '../../../src/processor/processor.ts';
import type { ProducerIdentity } from '../in-memory/kafka.ts';
import { jsonCodec } from '../json-codec.ts';
import { partitionAsked, type Answer, type Request } from './requests.ts';

export type Event =
  | { readonly kind: 'assigned'; readonly partitions: readonly number[] }
  /** `topicsId`: the id of the topics from which the batch was read. */
  | {
      readonly kind: 'fetched';
      readonly batch: InputBatch;
      readonly topicsId: string | null;
      readonly generation: number;
    }
  /** The consumer learns that the group has rebalanced. */
  | { readonly kind: 'left' }
  /** `request`: its place among the pending requests. */
  | { readonly kind: 'answered'; readonly request: number; readonly answer: Answer };

/** How a batch's handling ended. */
export type Finished = {
  readonly batch: InputBatch;
  readonly generation: number;
  readonly result: Handled | { readonly kind: 'died'; readonly failure: Failure };
};

/** Creates the processor that a simulation runs. A broken one may send requests that the ports do not have. */
export type CreateHandler = (deps: ProcessorDeps, ask: Ask) => BatchHandler;

export type Ask = (request: Request) => Promise<unknown>;

const TOPIC = 'run.close.requested';

/** The pending requests, and the batches that the last event has finished. */
export type Observed = {
  /** Sorted by partition, then in the order of the requests. */
  readonly pending: readonly Request[];
  readonly finished: readonly Finished[];
  readonly alarms: readonly Alarm[];
};

export type Instance = {
  /** Resolves when nothing more happens without another event. */
  tell(event: Event): Promise<void>;
  /** Returns the pending requests, and the batches that have finished since the last call. */
  observe(): Observed;
  /** The last lease and the last producer that it got, and the answers about outputs and topics. */
  holding(): string;
  /** The batches in flight. */
  handling(): string;
};

type Waiting = { readonly request: Request; resolve(value: unknown): void; reject(failure: Failure): void };

export const startInstance = (createHandler: CreateHandler): Instance => {
  const waiting: Waiting[] = [];
  const memberships = new Map<{ current: boolean }, string>();
  let finished: Finished[] = [];
  let alarms: Alarm[] = [];
  const held = { lease: '', producer: '', shown: '', topics: 'null' };

  const ask: Ask = (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      waiting.sort((a, b) => partitionAsked(a.request) - partitionAsked(b.request));
    });
  const handler = createHandler(
    portsOver(ask, (alarm) => alarms.push(alarm)),
    ask,
  );

  const fetched = (batch: InputBatch, topicsId: string | null, generation: number): void => {
    const state = { current: true };
    memberships.set(
      state,
      `${batch.partition}/${batch.first}–${batch.end} of ${String(topicsId)} in ${generation}`,
    );
    const membership: Membership = {
      generation,
      isCurrent: () => state.current,
      heartbeat: async () => {
        await ask({ kind: 'heartbeat', partition: batch.partition, generation });
      },
    };
    const end = (result: Finished['result']): void => {
      memberships.delete(state);
      finished.push({ batch, generation, result });
    };
    handler
      .handle(batch, membership)
      .then(end, (thrown: unknown) => end({ kind: 'died', failure: failureOf(thrown) }));
  };

  return {
    tell: (event) => {
      switch (event.kind) {
        case 'assigned':
          handler.assigned(event.partitions);
          break;
        case 'fetched':
          fetched(event.batch, event.topicsId, event.generation);
          break;
        case 'left':
          for (const membership of memberships.keys()) membership.current = false;
          break;
        case 'answered': {
          const { request, answer } = event;
          const [entry] = waiting.splice(request, 1);
          if ('value' in answer && entry?.request.kind === 'takeLease')
            held.lease = JSON.stringify((answer.value as Partial<{ lease: object }>).lease ?? null);
          if ('value' in answer && entry?.request.kind === 'fence')
            held.producer = JSON.stringify(answer.value);
          if ('value' in answer && entry?.request.kind === 'lastEmittedSource')
            held.shown = JSON.stringify(answer.value);
          if ('value' in answer && entry?.request.kind === 'identity')
            held.topics = JSON.stringify(answer.value);
          if ('failure' in answer) entry?.reject(answer.failure);
          else entry?.resolve(answer.value);
        }
      }
      return settled();
    },
    observe: () => {
      const observed = {
        pending: waiting.map(({ request }) => request),
        finished,
        alarms,
      };
      finished = [];
      alarms = [];
      return observed;
    },
    holding: () => `${held.lease} ${held.producer} ${held.shown}\n${held.topics}`,
    handling: () => [...memberships].map(([{ current }, batch]) => `${batch} ${current}`).join(),
  };
};

/** All promises that can continue do so before the next turn of the event loop. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const portsOver = (ask: Ask, alarmed: (alarm: Alarm) => void): ProcessorDeps => {
  return {
    codec: jsonCodec,
    breakers: { run: (_dependency, work) => work() },
    groupId: 'runclose',
    topic: TOPIC,
    // The simulation gives each lease a holder that nobody else has.
    newHolder: () => 'whoever asks',
    pacer: { beforeRetry: async () => undefined },
    observer: {
      batchDone: () => undefined,
      foldedAgain: () => undefined,
      retrying: () => undefined,
      reconciled: () => undefined,
      alarmed: (_partition, alarm) => alarmed(alarm),
      resumed: () => undefined,
    },
    store: {
      takeLease: (applicant) => ask({ kind: 'takeLease', ...applicant }) as Promise<LeaseGrant>,
      closeRuns: (lease, range, _claims, decide) =>
        ask({ kind: 'closeRuns', lease, range, decide }) as Promise<ReturnType<typeof decide>>,
      recordEmitted: async (lease, emittedThrough) => {
        await ask({ kind: 'recordEmitted', lease, emittedThrough });
      },
      // Not needed, because the topics here have ids.
      recordCut: async () => undefined,
      // `status` reads recorded alarms; no processor does.
      recordAlarm: async () => undefined,
      // Nothing is skipped here, so this request is no separate step.
      skippedRecords: async () => [],
    },
    output: {
      fence: async (partition) =>
        producerOf(
          (await ask({ kind: 'fence', partition, transactionalId: 'stable' })) as ProducerIdentity,
          ask,
        ),
    },
    log: {
      identity: (partition) => ask({ kind: 'identity', partition }) as Promise<LogIdentity>,
      deadLettered: (range) => ask({ kind: 'deadLettered', ...range }) as Promise<ReadonlySet<number>>,
      committedOffset: (partition) => ask({ kind: 'committedOffset', partition }) as Promise<number | null>,
      bounds: (partition) => ask({ kind: 'bounds', partition }) as Promise<{ low: number; high: number }>,
      lastEmittedSource: (partition) =>
        ask({ kind: 'lastEmittedSource', partition }) as Promise<number | null>,
      emittedEvents: (range) =>
        ask({ kind: 'emittedEvents', ...range }) as ReturnType<ProcessorDeps['log']['emittedEvents']>,
      partitionOf: () => 0,
      missingOutputs: async () => [],
    },
  };
};

export const producerOf = (
  identity: ProducerIdentity,
  ask: Ask,
): Awaited<ReturnType<ProcessorDeps['output']['fence']>> => ({
  partition: identity.partition,
  publish: async (emissions, end) => {
    await ask({ kind: 'publish', identity, emissions, end });
  },
  dispose: async () => undefined,
});
