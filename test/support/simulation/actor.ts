/**
 * The product's processor as a value. What it does depends on nothing but what it has been told so far, so each history of events
 * is one state, which is worked out once by running the real code, and can then be continued in any number of ways.
 */
import { failureOf, type Failure } from '../../../src/processor/failure.ts';
import type {
  Alarm,
  BatchHandler,
  Handled,
  InputBatch,
  LeaseGrant,
  Membership,
} from '../../../src/processor/ports.ts';
import type { ProcessorDeps } from '../../../src/processor/processor.ts';
import type { ProducerIdentity } from '../in-memory/kafka.ts';
import { jsonCodec } from '../json-codec.ts';
import { requestKey } from './identity.ts';
import { partitionAsked, type Answer, type Request } from './requests.ts';

export type Event =
  | { readonly kind: 'assigned'; readonly partitions: readonly number[] }
  | { readonly kind: 'fetched'; readonly batch: InputBatch; readonly generation: number }
  /** Its consumer learns that the group has moved on. */
  | { readonly kind: 'left' }
  /** `request`: its place among those that are waited for. */
  | { readonly kind: 'answered'; readonly request: number; readonly answer: Answer };

/** How a batch's handling ended. */
export type Finished = {
  readonly batch: InputBatch;
  readonly generation: number;
  readonly result: Handled | { readonly kind: 'died'; readonly failure: Failure };
};

export type ActorState = {
  /** Different for each history. */
  readonly id: number;
  /** What it waits for, by partition, and then in the order it has asked. */
  readonly pending: readonly Request[];
  /** What the last event has finished. */
  readonly finished: readonly Finished[];
  readonly alarms: readonly Alarm[];
  /** The state after one more event; the same one for the same key. */
  after(key: string, event: Event): ActorState | Promise<ActorState>;
};

/** The processor that a simulation runs; a broken one may ask for more than the ports have. */
export type CreateHandler = (deps: ProcessorDeps, ask: Ask) => BatchHandler;

export type Ask = (request: Request) => Promise<unknown>;

const TOPIC = 'run.close.requested';

/** Whether histories that leave a process the same are one state, which few schedules need and all schedules cannot do without. */
export type Histories = 'merged' | 'apart';

/** A processor that has just been started. */
export const startActor = (createHandler: CreateHandler, histories: Histories): ActorState => {
  const start = (): Instance => startInstance(createHandler);
  return createHistories(start, histories).beginning;
};

/**
 * All histories of one process. What partitions are told in between each other makes no difference to them: histories that are the
 * same for each partition are one. And at two points what went before matters only for what the process holds: where a batch is done and
 * nothing is under way, and where it has let go of everything and asks for the lease. There, histories that leave the same in its
 * hands and go on in the same way are one state.
 */
const createHistories = (start: () => Instance, histories: Histories): { readonly beginning: ActorState } => {
  const crossings = new Map<string, ActorState[]>();
  const trails = createTrails();
  const byTrails = new Map<string, ActorState>();

  const stateOf = (history: readonly Event[], trail: Trail, instance: Instance): ActorState => {
    const { pending, finished, alarms } = instance.observe();
    const next = new Map<string, ActorState>();
    let fresh: Instance | null = instance;

    const advance = async (key: string, event: Event): Promise<ActorState> => {
      // The first way on takes the instance that stands here; for others it is brought here again.
      let taken = fresh;
      fresh = null;
      if (taken === null) {
        taken = start();
        for (const past of history) await taken.tell(past);
        taken.observe();
      }
      await taken.tell(event);
      const reached = stateOf(
        [...history, event],
        trails.after(trail, key, partitionOf(event, pending)),
        taken,
      );
      const state = await known(reached, taken.holding(), taken.handling());
      next.set(key, state);
      return state;
    };

    const twin = histories === 'merged' ? byTrails.get(trails.keyOf(trail)) : undefined;
    if (twin !== undefined && asked(twin) === pending.map(requestKey).join())
      return { ...twin, finished, alarms };
    const state: ActorState = {
      id: ++states,
      pending,
      finished,
      alarms,
      after: (key, event) => next.get(key) ?? advance(key, event),
    };
    byTrails.set(trails.keyOf(trail), state);
    return state;
  };

  const known = async (state: ActorState, holding: string, handling: string): Promise<ActorState> => {
    const crossing = histories === 'merged' ? crossingOf(state, holding, handling) : null;
    if (crossing === null) return state;
    const others = crossings.get(crossing.key) ?? [];
    for (const other of others) {
      if (await goesOnAs(state, other, crossing.next)) {
        return { ...other, finished: state.finished, alarms: state.alarms };
      }
    }
    crossings.set(crossing.key, [...others, state]);
    return state;
  };

  return { beginning: stateOf([], new Map(), start()) };
};

type Crossing = { readonly key: string; readonly next: Event };

const crossingOf = (
  { pending, finished }: ActorState,
  holding: string,
  handling: string,
): Crossing | null => {
  const [request, ...more] = pending;
  const last = finished.at(-1);
  if (request?.kind === 'takeLease' && more.length === 0) {
    const lease = { partition: request.partition, epoch: 0, holder: 'anybody' };
    const value: LeaseGrant = { kind: 'granted', lease, nextOffset: null, givenUpBefore: 0 };
    return { key: `takes over for ${handling}`, next: { kind: 'answered', request: 0, answer: { value } } };
  }
  if (request !== undefined || last === undefined) return null;
  const { partition } = last.batch;
  const first = nextOffset(last);
  const batch = { partition, first, end: first + FAR, records: [] };
  return {
    key: `rests at ${partition}/${first} with ${holding} in ${last.generation}`,
    next: { kind: 'fetched', batch, generation: last.generation },
  };
};

const goesOnAs = async (one: ActorState, other: ActorState, next: Event): Promise<boolean> => {
  const [here, there] = [await one.after('as others', next), await other.after('as others', next)];
  return asked(here) === asked(there);
};

const asked = ({ pending }: ActorState): string => pending.map(requestKey).join();

/** By partition, the number of what it was told. */
type Trail = ReadonlyMap<number, number>;

const createTrails = () => {
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    return number;
  };
  return {
    /** Null: all partitions are told. */
    after: (trail: Trail, key: string, partition: number | null): Trail => {
      const told = partition === null ? [...trail.keys()] : [partition];
      return new Map([
        ...trail,
        ...told.map((each) => [each, numberOf(`${String(trail.get(each) ?? 0)} ${key}`)] as const),
      ]);
    },
    keyOf: (trail: Trail): string => [...trail].sort(([one], [other]) => one - other).join(),
  };
};

const partitionOf = (event: Event, pending: readonly Request[]): number | null => {
  switch (event.kind) {
    case 'assigned':
    case 'left':
      return null;
    case 'fetched':
      return event.batch.partition;
    case 'answered': {
      const request = pending[event.request];
      return request === undefined ? null : partitionAsked(request);
    }
  }
};

/** Beyond all that a processor may hold: how it would cut a batch shows. */
const FAR = 1_000;

const nextOffset = ({ batch, result }: Finished): number =>
  result.kind === 'seek' || result.kind === 'stopped'
    ? result.offset
    : result.kind === 'rejoin'
      ? batch.first
      : batch.end;

let states = 0;

type Instance = {
  /** Resolves when nothing more happens without another event. */
  tell(event: Event): Promise<void>;
  /** What it waits for, and what has come of it since it was last asked. */
  observe(): Pick<ActorState, 'pending' | 'finished' | 'alarms'>;
  /** The last lease and the last producer that it was given. */
  holding(): string;
  /** The batches under way. */
  handling(): string;
};

type Waiting = { readonly request: Request; resolve(value: unknown): void; reject(failure: Failure): void };

const startInstance = (createHandler: CreateHandler): Instance => {
  const waiting: Waiting[] = [];
  const memberships = new Map<{ current: boolean }, string>();
  let finished: Finished[] = [];
  let alarms: Alarm[] = [];
  const held = { lease: '', producer: '' };

  const ask: Ask = (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      waiting.sort((one, other) => partitionAsked(one.request) - partitionAsked(other.request));
    });
  const handler = createHandler(
    portsOver(ask, (alarm) => alarms.push(alarm)),
    ask,
  );

  const fetched = (batch: InputBatch, generation: number): void => {
    const state = { current: true };
    memberships.set(state, `${batch.partition}/${batch.first}–${batch.end} of ${generation}`);
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
          fetched(event.batch, event.generation);
          break;
        case 'left':
          for (const membership of memberships.keys()) membership.current = false;
          break;
        case 'answered': {
          const { request, answer } = event;
          const [answered] = waiting.splice(request, 1);
          if ('value' in answer && answered?.request.kind === 'takeLease')
            held.lease = JSON.stringify((answer.value as Partial<{ lease: object }>).lease ?? null);
          if ('value' in answer && answered?.request.kind === 'fence')
            held.producer = JSON.stringify(answer.value);
          if ('failure' in answer) answered?.reject(answer.failure);
          else answered?.resolve(answer.value);
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
    holding: () => `${held.lease} ${held.producer}`,
    handling: () => [...memberships].map(([{ current }, batch]) => `${batch} ${current}`).join(),
  };
};

/** Every promise that can go on has done so before the loop turns. */
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
      takeLease: (partition, holder, generation) =>
        ask({ kind: 'takeLease', partition, holder, generation }) as Promise<LeaseGrant>,
      closeRuns: (lease, range, _claims, decide) =>
        ask({ kind: 'closeRuns', lease, range, decide }) as Promise<ReturnType<typeof decide>>,
      recordEmitted: async (lease, emittedThrough) => {
        await ask({ kind: 'recordEmitted', lease, emittedThrough });
      },
    },
    output: {
      fence: async (partition) =>
        producerOf(
          (await ask({ kind: 'fence', partition, transactionalId: 'stable' })) as ProducerIdentity,
          ask,
        ),
    },
    log: {
      committedOffset: (partition) => ask({ kind: 'committedOffset', partition }) as Promise<number | null>,
      bounds: (partition) => ask({ kind: 'bounds', partition }) as Promise<{ low: number; high: number }>,
      lastEmittedSource: (partition) =>
        ask({ kind: 'lastEmittedSource', partition }) as Promise<number | null>,
      emittedBodies: (partition, first, end) =>
        ask({ kind: 'emittedBodies', partition, first, end }) as ReturnType<
          ProcessorDeps['log']['emittedBodies']
        >,
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
