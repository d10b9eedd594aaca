import type { Consumer } from 'kafkajs';

/** What may be asked of a consumer between two fetches. Without effect while it is a member of no group. */
export type ConsumerControls = {
  seek(partition: number, offset: number): void;
  pause(partition: number): void;
  resume(partition: number): void;
  /** Fetches nothing any more, whatever is resumed later. */
  pauseAll(): void;
};

export const createConsumerControls = (
  consumer: Pick<Consumer, 'seek' | 'pause' | 'resume'>,
  topic: string,
): ConsumerControls => {
  /** kafkajs throws when it has just lost its group; then the next assignment starts from what the group knows. */
  const ifMember = (ask: () => void): void => {
    try {
      ask();
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.name === 'KafkaJSNonRetriableError')) throw thrown;
    }
  };

  /** For kafkajs, to pause or to resume one partition ends the pause of all. */
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
