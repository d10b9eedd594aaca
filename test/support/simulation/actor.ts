/**
 * The product's processor as a value. Its behaviour depends only on the events so far. So each history of events is one state. Running the
 * real code computes that state once, and the simulation can continue from it in any number of ways.
 */
import type { LeaseGrant } from '../../../src/processor/ports/lease.ts';
import { requestKey } from './identity.ts';
import {
  startInstance,
  type CreateHandler,
  type Event,
  type Finished,
  type Instance,
  type Observed,
} from './processor-instance.ts';
import { partitionAsked, type Request } from './requests.ts';

export type ActorState = Observed & {
  /** Different for each history. */
  readonly id: number;
  /** The state after one more event; the same one for the same key. */
  after(key: string, event: Event): ActorState | Promise<ActorState>;
};

/**
 * Whether histories that leave a process in the same condition count as one state. Exploring all schedules needs that; a few schedules do
 * not.
 */
export type Histories = 'merged' | 'apart';

/** A processor that has just been started. */
export const startActor = (createHandler: CreateHandler, histories: Histories): ActorState => {
  const start = (): Instance => startInstance(createHandler);
  return createHistories(start, histories).beginning;
};

/**
 * All histories of one process. The order of events between partitions makes no difference, so histories that are the same for each
 * partition are one. At two points, the past matters only through the things that the process holds: when a batch is done and none is in
 * flight, and when the process has dropped everything and asks for the lease. At these points, histories with the same holdings and the
 * same continuation are one state.
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
      // The first continuation uses the instance that is in this state. For further ones, another instance is brought into this state.
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
    if (twin !== undefined && pendingKeys(twin) === pending.map(requestKey).join())
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
      if (await goesOnAs(state, other, crossing)) {
        return { ...other, finished: state.finished, alarms: state.alarms };
      }
    }
    crossings.set(crossing.key, [...others, state]);
    return state;
  };

  return { beginning: stateOf([], new Map(), start()) };
};

/** `topics`: the answer when it asks for the identity of the topics. */
type Crossing = { readonly key: string; readonly next: Event; readonly topics: unknown };

const crossingOf = (
  { pending, finished }: ActorState,
  holding: string,
  handling: string,
): Crossing | null => {
  const [request, ...more] = pending;
  const last = finished.at(-1);
  if (request?.kind === 'takeLease' && more.length === 0) {
    const lease = { clusterId: 'cluster', partition: request.partition, epoch: 0, holder: 'anybody' };
    const nothing = {
      nextOffset: null,
      emittedThrough: null,
      skippedBefore: 0,
      isCutShort: false,
      isNewLog: false,
      inputKnownFrom: null,
    };
    const value: LeaseGrant = { kind: 'granted', lease, ...nothing };
    return {
      key: `takes over for ${handling}`,
      next: { kind: 'answered', request: 0, answer: { value } },
      topics: null,
    };
  }
  if (request !== undefined || last === undefined) return null;
  const { partition } = last.batch;
  const first = nextOffset(last);
  const batch = { partition, first, end: first + FAR, records: [] };
  return {
    key: `rests at ${partition}/${first} with ${holding} in ${last.generation}`,
    next: { kind: 'fetched', batch, topicsId: 'any', generation: last.generation },
    topics: JSON.parse(holding.split('\n').at(-1) ?? 'null'),
  };
};

const goesOnAs = async (one: ActorState, other: ActorState, crossing: Crossing): Promise<boolean> =>
  pendingKeys(await goOn(one, crossing)) === pendingKeys(await goOn(other, crossing));

/** Continues up to the first question whose answer is not known beforehand. */
const goOn = async (state: ActorState, { next, topics }: Crossing): Promise<ActorState> => {
  const reached = await state.after('as others', next);
  const [question, ...more] = reached.pending;
  return question?.kind === 'identity' && more.length === 0
    ? reached.after('as others', { kind: 'answered', request: 0, answer: { value: topics } })
    : reached;
};

const pendingKeys = ({ pending }: ActorState): string => pending.map(requestKey).join();

/** For each partition, a number that stands for all its events so far. */
type Trail = ReadonlyMap<number, number>;

const createTrails = () => {
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    return number;
  };
  return {
    /** If `partition` is null, the event goes to all partitions. */
    after: (trail: Trail, key: string, partition: number | null): Trail => {
      const receivers = partition === null ? [...trail.keys()] : [partition];
      return new Map([
        ...trail,
        ...receivers.map((each) => [each, numberOf(`${String(trail.get(each) ?? 0)} ${key}`)] as const),
      ]);
    },
    keyOf: (trail: Trail): string => [...trail].sort(([a], [b]) => a - b).join(),
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

/** Larger than any batch: how the processor splits a batch of this size shows its transaction size. */
const FAR = 1_000;

const nextOffset = ({ batch, result }: Finished): number =>
  result.kind === 'seek' || result.kind === 'stopped'
    ? result.offset
    : result.kind === 'rejoin'
      ? batch.first
      : batch.end;

let states = 0;
