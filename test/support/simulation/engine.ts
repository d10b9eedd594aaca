/**
 * The effects of processors, their consumers and their servers on a world. The processors are the product's own code. The consumer treats
 * their answers as `kafka/consume/batch-feed.ts` does.
 */
import { Failure } from '../../../src/processor/failure.ts';
import type { LeaseGrant } from '../../../src/processor/ports/lease.ts';
import * as brokers from '../in-memory/kafka.ts';
import { AN_EMPTY_POSTGRES, type Postgres } from '../in-memory/postgres.ts';
import { startActor, type ActorState } from './actor.ts';
import { digestOf, requestKey, type Identities } from './identity.ts';
import { serveFence, serveLease } from './leases-and-producers.ts';
import type { Event, Finished } from './processor-instance.ts';
import { abandon, isServedAtOnce, type Answer, type Request, type Served, type Servers } from './requests.ts';
import type { Owner, Scenario, World } from './world.ts';

/** Steps that need no processor return at once. A step that wakes a processor for the first time takes a turn of the event loop. */
export type Coming = World | Promise<World>;

export type Engine = {
  readonly start: World;
  withServers(world: World, servers: Servers): World;
  /** Serves and answers a request of an owner. */
  answer(world: World, owner: number, place: number): Coming;
  /** Tells an owner that its request gets no answer. */
  giveUp(world: World, owner: number, place: number): Coming;
  /** An abandoned request arrives. */
  arrive(world: World, place: number): World;
  /** Gives an owner's consumer the next records of a partition. */
  fetch(world: World, owner: number, partition: number, size: number): Coming;
  /** The group gives all partitions to one owner, which is started if it does not run. */
  rebalance(world: World, owner: number): Coming;
  /** An owner learns that the group has rebalanced without it. */
  learn(world: World, owner: number): Coming;
  kill(world: World, owner: number): World;
  /** Whether the process has done anything since it was started. */
  isFresh(actor: ActorState): boolean;
};

export const NAMES = ['A', 'B'] as const;

export const createEngine = (scenario: Scenario, identities: Identities): Engine => {
  const partitions = scenario.kafka.partitions.map((_, partition) => partition);
  const none = partitions.map(() => 0);
  const beginning = startActor(scenario.createHandler, scenario.histories);
  const deepest = Math.max(0, ...scenario.lostCommits);
  const nobody: Owner = {
    actor: null,
    holder: null,
    epoch: null,
    generation: null,
    positions: none,
    busy: none,
  };

  const ownerOf = (world: World, index: number): Owner => world.owners[index] ?? nobody;

  const withOwner = (world: World, index: number, change: Partial<Owner>): World => ({
    ...world,
    owners: world.owners.with(index, { ...ownerOf(world, index), ...change }),
  });

  const withServers = (world: World, changed: Servers): World => {
    const servers = identities.servers(changed);
    const isCommit = servers.postgres !== world.servers.postgres && world.faults.failovers > 0;
    const past = isCommit ? [...world.past, world.servers.postgres].slice(-deepest) : world.past;
    return {
      ...world,
      servers,
      past,
      late: world.late.filter((lateRequest) => mayMatter(lateRequest, servers, past)),
    };
  };

  const serve = (world: World, request: Request, owner?: number): Served => {
    const others = world.owners.filter((_, index) => index !== owner);
    if (request.kind === 'takeLease') return serveLease(world, request, others);
    if (request.kind === 'fence') return serveFence(world, request, others);
    return identities.serve(world.servers, request);
  };

  const tell = (world: World, index: number, key: string, event: Event): Coming => {
    const { actor } = ownerOf(world, index);
    if (actor === null) return world;
    const after = actor.after(key, event);
    return after instanceof Promise
      ? after.then((state) => afterEvent(world, index, state))
      : afterEvent(world, index, after);
  };

  /** The consumer continues with the finished batches. Then requests are served that no other owner can affect. */
  const afterEvent = (world: World, index: number, actor: ActorState): Coming => {
    let next = withOwner(world, index, { actor });
    for (const { code, message } of actor.alarms)
      if (!isDue(code, world) && !isOfMovedOffset(message, world, scenario))
        next = { ...next, fatal: `alarm ${code}: ${message}` };
    for (const finished of actor.finished) next = consumed(next, index, finished);
    const atOnce = actor.pending.findIndex(isServedAtOnce);
    return atOnce === -1 ? next : answer(next, index, atOnce);
  };

  const consumed = (world: World, index: number, { batch, generation, result }: Finished): World => {
    const { positions, busy, generation: current } = ownerOf(world, index);
    const { partition } = batch;
    const busyBatches = (busy[partition] ?? 0) - (generation === current ? 1 : 0);
    const readOn = (offset: number): World =>
      withOwner(world, index, {
        positions: positions.with(partition, offset),
        busy: busy.with(partition, busyBatches),
      });
    switch (result.kind) {
      case 'continue':
        return readOn(batch.end);
      case 'seek':
      case 'stopped':
        return readOn(result.offset);
      case 'rejoin':
        return generation === current ? leave(readOn(batch.first), index) : readOn(batch.first);
      case 'died':
        return {
          ...world,
          fatal: `${NAMES[index] ?? ''} ended: ${result.failure.code}: ${result.failure.message}`,
        };
    }
  };

  /** The owner is no longer a member, until the group gives it partitions again. */
  const leave = (world: World, index: number): World => {
    const withoutMember = withOwner(world, index, { generation: null });
    return world.group.owner === index
      ? { ...withoutMember, group: { ...world.group, owner: null } }
      : withoutMember;
  };

  const answer = (world: World, index: number, place: number): Coming => {
    const request = requestOf(world, index, place);
    if (request.kind === 'heartbeat' && request.generation < world.group.generation) {
      return afterAnswer(world, index, place, request, { failure: REBALANCING });
    }
    const served = serve(world, request, index);
    return afterAnswer(withServers(world, served.servers), index, place, request, served.answer);
  };

  const afterAnswer = (
    world: World,
    index: number,
    place: number,
    request: Request,
    given: Answer,
  ): Coming => {
    const key = `${requestKey(request)}: ${keyOfAnswer(request, given, world.servers)}`;
    const event: Event = { kind: 'answered', request: place, answer: given };
    const audited = { ...world, fatal: auditOf(given) ?? world.fatal };
    return tell(withOwner(audited, index, handed(given)), index, key, event);
  };

  const requestOf = (world: World, index: number, place: number): Request => {
    const request = ownerOf(world, index).actor?.pending[place];
    if (request === undefined) throw new RangeError(`${NAMES[index] ?? ''} waits for nothing`);
    return request;
  };

  const abandoned = (world: World, request: Request): World => {
    const { servers, late } = abandon(world.servers, request);
    return withServers({ ...world, late: late === null ? world.late : [...world.late, late] }, servers);
  };

  const assign = (world: World, index: number, to: readonly number[]): Coming =>
    then(tell(world, index, 'left', { kind: 'left' }), (withoutPartitions) =>
      tell(withoutPartitions, index, `assigned ${to.join()}`, { kind: 'assigned', partitions: to }),
    );

  return {
    start: {
      servers: identities.servers({ kafka: scenario.kafka, postgres: AN_EMPTY_POSTGRES }),
      past: [],
      group: { generation: 0, owner: null },
      owners: [nobody, nobody],
      late: [],
      faults: scenario.faults,
      fatal: null,
    },
    withServers,
    answer,
    giveUp: (world, index, place) => {
      const request = requestOf(world, index, place);
      return afterAnswer(abandoned(world, request), index, place, request, { failure: UNANSWERED });
    },
    arrive: (world, place) => {
      const request = world.late[place];
      const rest = { ...world, late: world.late.toSpliced(place, 1) };
      return request === undefined ? rest : withServers(rest, serve(rest, request).servers);
    },
    fetch: (world, index, partition, size) => {
      const { positions, busy, generation } = ownerOf(world, index);
      const first = positions[partition] ?? 0;
      const batch = brokers.fetch(world.servers.kafka, partition, first, first + size);
      const { topicsId } = brokers.partitionOf(world.servers.kafka, partition);
      const key = `fetched ${String(partition)}/${String(batch.first)}–${String(batch.end)} of ${String(topicsId)} in ${String(generation)}`;
      return tell(
        withOwner(world, index, { busy: busy.with(partition, (busy[partition] ?? 0) + 1) }),
        index,
        key,
        {
          kind: 'fetched',
          batch,
          topicsId,
          generation: generation ?? 0,
        },
      );
    },
    rebalance: (world, index) => {
      const { actor } = ownerOf(world, index);
      const generation = world.group.generation + 1;
      const joined = withOwner({ ...world, group: { generation, owner: index } }, index, {
        actor: actor ?? beginning,
        generation,
        positions: world.servers.kafka.partitions.map(({ groupOffset, low }) => groupOffset ?? low),
        busy: none,
      });
      return actor === null ? joined : assign(joined, index, partitions);
    },
    learn: (world, index) => assign(withOwner(world, index, { generation: null }), index, []),
    kill: (world, index) => {
      const requests = ownerOf(world, index).actor?.pending ?? [];
      return withOwner(leave(requests.reduce(abandoned, world), index), index, nobody);
    },
    isFresh: (actor) => actor === beginning,
  };
};

/** Whether this alarm is expected: topics were created again and must be adopted. */
const isDue = (code: string, { servers }: World): boolean =>
  code === 'INPUT_RECREATED' &&
  servers.kafka.partitions.some(
    ({ topicsId }, partition) => topicsId !== (servers.postgres.leases.get(partition)?.topicsId ?? topicsId),
  );

/** Whether the alarm is about an offset that was moved beyond the emitted commands. Its message says to delete the offset. */
const isOfMovedOffset = (message: string, { faults }: World, scenario: Scenario): boolean =>
  message.includes('was never emitted') && faults.offsetMoves < scenario.faults.offsetMoves;

const REBALANCING = new Failure('fenced', 'KAFKA_REBALANCE_IN_PROGRESS', 'the group rebalances');
const UNANSWERED = new Failure('transient', 'UNANSWERED', 'no answer in time');

/** False if the request will be refused whenever it arrives. */
const mayMatter = (request: Request, { kafka, postgres }: Servers, past: readonly Postgres[]): boolean => {
  if ('identity' in request) {
    const { partition, id, epoch } = request.identity;
    return brokers.partitionOf(kafka, partition).transactional[id]?.epoch === epoch;
  }
  if (!('lease' in request)) return true;
  const { partition, holder } = request.lease;
  return [postgres, ...past].some(({ leases }) => leases.get(partition)?.holder === holder);
};

/** The lease or the producer in an answer. */
const handed = (answer: Answer): Partial<Owner> => {
  const value = 'value' in answer ? answer.value : null;
  if (typeof value !== 'object' || value === null) return {};
  const { lease, epoch } = value as Partial<
    Extract<LeaseGrant, { kind: 'granted' }> & brokers.ProducerIdentity
  >;
  return { ...(lease && { holder: lease.holder }), ...(epoch !== undefined && { epoch }) };
};

/** Nothing is ever written under a lease that another owner has taken over (I10). */
const auditOf = (answer: Answer): string | null =>
  'value' in answer && answer.value !== null && typeof answer.value === 'object' && 'unheld' in answer.value
    ? 'I10: decisions were written under a lease that no longer holds'
    : null;

/** Answers that a processor cannot tell apart have the same key. */
const keyOfAnswer = (request: Request, answer: Answer, { postgres }: Servers): string => {
  if ('failure' in answer) return `! ${answer.failure.code}`;
  switch (request.kind) {
    case 'closeRuns':
    case 'closeRunsUnfenced':
    case 'deadLettered':
    case 'emittedEvents':
      return digestOf(answer.value as object);
    case 'readUnlocked':
      return digestOf(postgres.stored);
    case 'takeLease':
    case 'writeUnlocked':
    case 'recordEmitted':
    case 'fence':
    case 'publish':
    case 'publishInto':
    case 'commit':
    case 'identity':
    case 'bounds':
    case 'committedOffset':
    case 'lastEmittedSource':
    case 'heartbeat':
      return JSON.stringify(answer.value);
  }
};

const then = (coming: Coming, work: (world: World) => Coming): Coming =>
  coming instanceof Promise ? coming.then(work) : work(coming);
