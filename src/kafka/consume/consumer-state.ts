import type { Alarm } from '../../processor/alarm.ts';

export type AssignedPartition = {
  readonly partition: number;
  /** The outcomes of all records below this offset are stored and emitted; null before the first batch. */
  readonly cursor: number | null;
  /** The number of offsets between the cursor and the high watermark of the last fetch; null before the first batch. */
  readonly lag: number | null;
  /** Why the partition is stopped; null: it is not stopped. */
  readonly alarm: Alarm | null;
};

export type ConsumerState = {
  /** True while this process is a member of the group. */
  readonly joined: boolean;
  readonly generation: number | null;
  readonly partitions: readonly AssignedPartition[];
  /** When the client last tried or did something (a fetch, a heartbeat, a join, a batch), by the clock of `performance.now()`. */
  readonly lastActivity: number;
};

/** Its functions tell what has just happened. */
export type StateRecorder = {
  state(): ConsumerState;
  /** The client has tried or done something. */
  active(): void;
  /** Keeps what is known of partitions that the member also had before. */
  joined(generation: number, partitions: readonly number[]): void;
  left(): void;
  fetched(partition: number, highWatermark: number): void;
  /** Removes the alarm: a partition that makes progress is not stopped. */
  handled(partition: number, cursor: number): void;
  stopped(partition: number, alarm: Alarm): void;
};

type Progress = { cursor: number | null; highWatermark: number | null; alarm: Alarm | null };

const NOTHING_YET: Progress = { cursor: null, highWatermark: null, alarm: null };

/** Remembers what the consumer does, for health and metrics. */
export const createStateRecorder = (): StateRecorder => {
  let generation: number | null = null;
  let lastActivity = performance.now();
  let partitions = new Map<number, Progress>();

  /** Ignores a partition that this member no longer owns: a handler may end after its partition was assigned to another member. */
  const update = (partition: number, change: Partial<Progress>): void => {
    const progress = partitions.get(partition);
    if (progress !== undefined) Object.assign(progress, change);
  };

  const noteActivity = (): void => {
    lastActivity = performance.now();
  };

  return {
    active: noteActivity,
    state: () => ({
      joined: generation !== null,
      generation,
      lastActivity,
      partitions: [...partitions].map(([partition, { cursor, highWatermark, alarm }]) => ({
        partition,
        cursor,
        lag: cursor === null || highWatermark === null ? null : Math.max(0, highWatermark - cursor),
        alarm,
      })),
    }),
    joined: (newGeneration, assigned) => {
      noteActivity();
      generation = newGeneration;
      partitions = new Map(
        [...assigned]
          .sort((a, b) => a - b)
          .map((partition) => [partition, partitions.get(partition) ?? { ...NOTHING_YET }]),
      );
    },
    left: () => {
      generation = null;
      partitions = new Map();
    },
    fetched: (partition, highWatermark) => {
      update(partition, { highWatermark });
    },
    handled: (partition, cursor) => {
      noteActivity();
      update(partition, { cursor, alarm: null });
    },
    stopped: (partition, alarm) => {
      noteActivity();
      update(partition, { alarm });
    },
  };
};
