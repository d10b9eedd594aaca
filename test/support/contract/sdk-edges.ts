import type { LogRecord } from '../../../src/kafka/records/log-record.ts';
import type { TopicNames } from '../../../src/kafka/names/topic-names.ts';
import type { RunClosePublisher, RunClosePublisherSettings } from '../../../src/sdk/publisher.ts';
import type { RunEventsSubscriber, RunEventsSubscriberSettings } from '../../../src/sdk/subscriber.ts';
import type { TestRecord } from '../../../src/testing/test-run-close.ts';

type Servers = 'kafka' | 'registry' | 'topicPrefix';

/** RunClose as other services see it, with real servers or in memory. All topics have two partitions. */
export type SdkEdges = {
  readonly names: TopicNames;
  /** The publisher is closed after the test. */
  publisher(settings?: Omit<RunClosePublisherSettings, Servers>): RunClosePublisher;
  /** As `publisher`, but its next command becomes a dead letter: the processor's registry does not know its schema. */
  undecodablePublisher(): Promise<RunClosePublisher>;
  /** The subscriber is stopped after the test. */
  subscriber(settings: Omit<RunEventsSubscriberSettings, Servers>): RunEventsSubscriber;
  /** Waits until the condition holds. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets time pass for those who wait for it. */
  pass(milliseconds: number): Promise<void>;
  /** Stops the processor, or starts it again. */
  processor(state: 'away' | 'back'): Promise<void>;
  /** Publishers and subscribers that are created from now on until the end of the test do not reach this server. */
  away(server: 'kafka' | 'registry'): void;
  put(topic: string, record: TestRecord): Promise<void>;
  records(topic: string): Promise<readonly LogRecord[]>;
  /** Deletes the records of a topic, as retention does. */
  expire(topic: string): Promise<void>;
  /** A stopped group will read everything again. */
  redeliver(groupId: string): Promise<void>;
  /** A new topic for parked events. */
  parkingTopic(): Promise<string>;
  disable(channelId: string): Promise<void>;
  /** Ends everything that the test has started. */
  endTest(): Promise<void>;
};

/** Names that no other test uses. */
export const createUnique = (): ((what: string) => string) => {
  let count = 0;
  return (what) => `${what}-${String(++count)}`;
};
