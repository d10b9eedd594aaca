import type { Consumer } from 'kafkajs';

/** Controls a consumer between two fetches. Without effect while the consumer is a member of no group. */
export type ConsumerControls = {
  seek(partition: number, offset: number): void;
  pause(partition: number): void;
  resume(partition: number): void;
  /** Stops all fetching for good: a later `resume` has no effect. */
  pauseAll(): void;
};

export const createConsumerControls = (
  consumer: Pick<Consumer, 'seek' | 'pause' | 'resume'>,
  topic: string,
): ConsumerControls => {
  /** kafkajs throws if it has just left its group. That is harmless: the next assignment starts from the group's offsets. */
  const ifMember = (ask: () => void): void => {
    try {
      ask();
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.name === 'KafkaJSNonRetriableError')) throw thrown;
    }
  };

  /** In kafkajs, pausing or resuming one partition ends the pause of the whole topic. */
  let allPaused = false;

  return {
    seek: (partition, offset) => {
      ifMember(() => {
        consumer.seek({ topic, partition, offset: String(offset) });
      });
    },
    pause: (partition) => {
      if (allPaused) return;
      ifMember(() => {
        consumer.pause([{ topic, partitions: [partition] }]);
      });
    },
    resume: (partition) => {
      if (allPaused) return;
      ifMember(() => {
        consumer.resume([{ topic, partitions: [partition] }]);
      });
    },
    pauseAll: () => {
      allPaused = true;
      ifMember(() => {
        consumer.pause([{ topic }]);
      });
    },
  };
};
