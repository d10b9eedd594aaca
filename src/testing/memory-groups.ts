/** Consumer groups in memory: they share partitions among their members, and deliver as the real subscriber's edge does. */
import { onAbort } from '../kafka/client/on-abort.ts';
import type { TopicPartition } from '../kafka/records/log-record.ts';
import { keyOf, partitionsOf } from '../kafka/topics/partition-offsets.ts';
import { Failure } from '../processor/failure.ts';
import type { Clock } from '../sdk/clock.ts';
import type { GroupReading } from '../sdk/subscriber.ts';
import type { Activity } from './activity.ts';
import type { MemoryLog } from './memory-log.ts';
import type { MemoryServers } from './memory-servers.ts';

export type MemoryGroups = {
  read(groupId: string, from: 'earliest' | 'latest', reading: GroupReading): Promise<void>;
  /** Every handler in flight loses its partition: its event is delivered again. */
  rebalance(): void;
  /** Delivers every event again. */
  redeliver(): void;
  /** Tries held events again. */
  retry(): void;
  /** Why events are held: their handlers have failed too often in a row. */
  held(): readonly Failure[];
};

export type MemoryGroupsDeps = {
  readonly log: MemoryLog;
  readonly servers: MemoryServers;
  readonly activity: Activity;
  readonly clock: Pick<Clock, 'after'>;
};

/** After each hundred failures in a row, a handler waits for the test, which would otherwise never end. */
const ATTEMPTS_BETWEEN_HOLDS = 100;

type Work = { readonly end: () => void; done: Promise<void> };
type Lane = TopicPartition & { epoch: number; next: number; attempt: number; work: Work | undefined };
type Group = { readonly members: GroupReading[]; readonly lanes: Map<string, Lane> };
type Deadline = { readonly late: Promise<void>; cancel(): void };
type Held = { readonly failure: Failure; release(): void };

export const createMemoryGroups = ({ log, servers, activity, clock }: MemoryGroupsDeps): MemoryGroups => {
  const groups = new Map<string, Group>();
  let held: Held[] = [];

  const ownerOf = ({ members }: Group, { topic, partition }: TopicPartition): GroupReading | undefined => {
    const able = members.filter(({ topics }) => topics.includes(topic));
    return able[partition % able.length];
  };

  /** The member that may handle the next record of the lane; undefined if there is nothing to do. */
  const readyOwner = (group: Group, lane: Lane): GroupReading | undefined => {
    const owner = ownerOf(group, lane);
    const hasNext = lane.next < log.end(lane);
    return owner === undefined || owner.stopping.aborted || servers.isAway('kafka') || !hasNext
      ? undefined
      : owner;
  };

  const hold = (failure: Failure): Promise<void> =>
    new Promise((resolve) => {
      const resume = activity.pause();
      held.push({
        failure,
        release: () => {
          resume();
          resolve();
        },
      });
    });

  /** Handles the records of a lane, as far as they go. Returns the failure after which the lane is tried again. */
  const handle = async (group: Group, lane: Lane, owner: GroupReading): Promise<Failure | undefined> => {
    const { epoch } = lane;
    const isOurs = (): boolean => lane.epoch === epoch;
    const { topic, partition, next: reached } = lane;
    const reach = (next: number): void => {
      if (!isOurs()) return;
      lane.next = next;
      lane.attempt = 0;
    };
    const fail = (failure: Failure, offset: number): Failure | undefined => {
      if (!isOurs()) return undefined;
      lane.attempt += 1;
      owner.handler.waits(failure, lane.attempt, { topic, partition, offset });
      return failure;
    };

    const continuesAt = log.start(lane);
    if (reached < continuesAt) {
      try {
        await owner.handler.gap({ topic, partition, reached, continuesAt });
        reach(continuesAt);
        return undefined;
      } catch (thrown) {
        return fail(gapUnreported(lane, thrown), reached);
      }
    }
    const result = await owner.handler.deliver(log.records(lane, reached), {
      isCurrent: () => isOurs() && ownerOf(group, lane) === owner && !owner.stopping.aborted,
      resolve: (offset) => {
        reach(offset + 1);
      },
    });
    return result.kind === 'failed' ? fail(result.failure, result.offset) : undefined;
  };

  const deliver = async (group: Group, lane: Lane, work: Work): Promise<void> => {
    try {
      for (;;) {
        const owner = lane.work === work ? readyOwner(group, lane) : undefined;
        if (owner === undefined) return;
        const failure = await handle(group, lane, owner);
        if (failure === undefined) continue;
        if (failure.code === 'REGISTRY_UNAVAILABLE' && servers.isAway('registry')) return;
        if (lane.attempt % ATTEMPTS_BETWEEN_HOLDS === 0 && !owner.stopping.aborted) await hold(failure);
      }
    } finally {
      // In the same turn as the last look, so that no record comes in between.
      if (lane.work === work) lane.work = undefined;
      work.end();
    }
  };

  const wake = (group: Group): void => {
    for (const lane of group.lanes.values()) {
      if (lane.work !== undefined || readyOwner(group, lane) === undefined) continue;
      const work: Work = { end: activity.begin(), done: Promise.resolve() };
      lane.work = work;
      work.done = deliver(group, lane, work);
    }
  };
  const wakeAll = (): void => {
    for (const group of groups.values()) wake(group);
  };
  log.onAppend(wakeAll);
  servers.onBack(wakeAll);

  const retry = (): void => {
    const released = held;
    held = [];
    for (const each of released) each.release();
  };

  const loseAll = (change: (lane: Lane) => void): void => {
    for (const group of groups.values())
      for (const lane of group.lanes.values()) {
        lane.epoch += 1;
        change(lane);
      }
    wakeAll();
  };

  const join = (groupId: string, from: 'earliest' | 'latest', reading: GroupReading): Group => {
    const group = groups.get(groupId) ?? { members: [], lanes: new Map<string, Lane>() };
    groups.set(groupId, group);
    for (const at of reading.topics.flatMap((topic) => partitionsOf(topic, log.partitions))) {
      const next = from === 'earliest' ? log.start(at) : log.end(at);
      if (!group.lanes.has(keyOf(at)))
        group.lanes.set(keyOf(at), { ...at, epoch: 0, next, attempt: 0, work: undefined });
    }
    group.members.push(reading);
    return group;
  };

  /** Resolves when the member is told to stop. Its time begins at that moment, so a test may let the time pass at once. */
  const deadlineOf = ({ stopping, stopWithinMs }: GroupReading): Promise<Deadline> =>
    new Promise((resolve) => {
      onAbort(stopping, () => {
        let cancel: () => void = () => undefined;
        const late = new Promise<void>((isLate) => (cancel = clock.after(stopWithinMs, isLate)));
        resolve({ late, cancel });
      });
    });

  /** Handlers that have not answered in time lose their partitions. */
  const finish = async (lanes: readonly Lane[], { late, cancel }: Deadline): Promise<void> => {
    const works = lanes.flatMap(({ work }) => work ?? []);
    await Promise.race([Promise.all(works.map(({ done }) => done)), late]);
    cancel();
    for (const lane of lanes) {
      lane.epoch += 1;
      lane.work?.end();
      lane.work = undefined;
    }
  };

  return {
    read: async (groupId, from, reading) => {
      log.expectKafka(`looking for ${reading.topics.join(', ')}`);
      if (reading.stopping.aborted) return;
      const group = join(groupId, from, reading);
      reading.onJoined();
      reading.onReady();
      wake(group);
      const deadline = await deadlineOf(reading);
      retry();
      const own = [...group.lanes.values()].filter((lane) => ownerOf(group, lane) === reading);
      await finish(own, deadline);
      group.members.splice(group.members.indexOf(reading), 1);
      wake(group);
    },
    rebalance: () => {
      loseAll(() => undefined);
    },
    redeliver: () => {
      loseAll((lane) => {
        lane.next = log.start(lane);
        lane.attempt = 0;
      });
    },
    retry,
    held: () => held.map(({ failure }) => failure),
  };
};

const gapUnreported = (lane: TopicPartition, thrown: unknown): Failure => {
  if (thrown instanceof Failure) return thrown;
  const message = `reporting the gap in ${keyOf(lane)}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  return new Failure('transient', 'KAFKA_UNAVAILABLE', message, { cause: thrown });
};
