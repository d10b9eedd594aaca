/** Consumer groups in memory: they share partitions among their members, and deliver as the real subscriber's edge does. */
import type { Failure } from '../processor/failure.ts';
import { onAbort } from '../kafka/client/on-abort.ts';
import type { TopicPartition } from '../kafka/records/log-record.ts';
import { keyOf, partitionsOf } from '../kafka/topics/partition-offsets.ts';
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
  /** Tries held events again. Returns the failures for which they were held. */
  retry(): void;
  /** Why events are held: their handlers have failed too often in a row. */
  held(): readonly Failure[];
};

/** A handler that fails this often in a row waits for the test, which would otherwise never end. */
const MOST_ATTEMPTS = 100;

type Lane = TopicPartition & { epoch: number; next: number; attempt: number; isRunning: boolean };
type Group = { readonly members: GroupReading[]; readonly lanes: Map<string, Lane> };
type Held = { readonly failure: Failure; release(): void };

export const createMemoryGroups = (
  log: MemoryLog,
  servers: MemoryServers,
  activity: Activity,
): MemoryGroups => {
  const groups = new Map<string, Group>();
  let held: Held[] = [];

  const ownerOf = ({ members }: Group, { topic, partition }: TopicPartition): GroupReading | undefined => {
    const able = members.filter(({ topics }) => topics.includes(topic));
    return able[partition % able.length];
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

  const deliver = async (group: Group, lane: Lane): Promise<void> => {
    for (;;) {
      const owner = ownerOf(group, lane);
      if (owner === undefined || isStopping(owner) || servers.isAway('kafka')) return;
      const records = log.records(lane, lane.next);
      if (records.length === 0) return;
      const { epoch } = lane;
      const isOurs = (): boolean => lane.epoch === epoch;
      const result = await owner.handler.deliver(records, {
        isCurrent: () => isOurs() && ownerOf(group, lane) === owner && !isStopping(owner),
        resolve: (offset) => {
          if (!isOurs()) return;
          lane.next = offset + 1;
          lane.attempt = 0;
        },
      });
      if (result.kind !== 'failed' || !isOurs()) continue;
      lane.attempt += 1;
      const { topic, partition } = lane;
      owner.handler.waits(result.failure, lane.attempt, { topic, partition, offset: result.offset });
      if (lane.attempt % MOST_ATTEMPTS === 0 && !isStopping(owner)) await hold(result.failure);
    }
  };

  const wake = (group: Group): void => {
    for (const lane of group.lanes.values()) {
      if (lane.isRunning) continue;
      lane.isRunning = true;
      void activity.during(() =>
        deliver(group, lane).finally(() => {
          lane.isRunning = false;
        }),
      );
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

  return {
    read: async (groupId, from, reading) => {
      const group = groups.get(groupId) ?? { members: [], lanes: new Map<string, Lane>() };
      groups.set(groupId, group);
      for (const at of reading.topics.flatMap((topic) => partitionsOf(topic, log.partitions)))
        if (!group.lanes.has(keyOf(at)))
          group.lanes.set(keyOf(at), {
            ...at,
            epoch: 0,
            next: from === 'earliest' ? 0 : log.end(at),
            attempt: 0,
            isRunning: false,
          });
      group.members.push(reading);
      reading.onJoined();
      reading.onReady();
      wake(group);
      await new Promise<void>((resolve) => onAbort(reading.stopping, resolve));
      retry();
      const own = [...group.lanes.values()].filter((lane) => ownerOf(group, lane) === reading);
      while (own.some(({ isRunning }) => isRunning)) await activity.idle();
      group.members.splice(group.members.indexOf(reading), 1);
      wake(group);
    },
    rebalance: () => {
      loseAll(() => undefined);
    },
    redeliver: () => {
      loseAll((lane) => {
        lane.next = 0;
        lane.attempt = 0;
      });
    },
    retry,
    held: () => held.map(({ failure }) => failure),
  };
};

const isStopping = ({ stopping }: GroupReading): boolean => stopping.aborted;
