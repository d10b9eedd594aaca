import type { TopicMessages } from 'kafkajs';
import type { Emission, Headers } from '../processor/ports.ts';
import { chunksOf } from './chunks.ts';
import { deadLetter } from './dead-letters.ts';
import { asMessageHeaders } from './headers.ts';
import type { TopicPartition } from './log-record.ts';
import { topicOfEvent, type TopicNames } from './topic-names.ts';

type OutputRecord = TopicPartition & {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers | readonly (readonly [name: string, value: string])[];
  /** Events carry the producer's clock. */
  readonly timestamp?: string;
};

/** What to send, in order: one element a request, of one topic and within the limits of chunks.ts. Each record names its partition (R5). */
export function* requestsOf(
  emissions: readonly Emission[],
  names: TopicNames,
  partition: number,
): Generator<TopicMessages, void, undefined> {
  const records = emissions.map((emission) => outputRecord(emission, names, partition));
  for (const chunk of chunksOf(records)) {
    const topics = new Map<string, TopicMessages>();
    for (const record of chunk) {
      const ofTopic = topics.get(record.topic) ?? { topic: record.topic, messages: [] };
      topics.set(record.topic, ofTopic);
      ofTopic.messages.push({ ...record, headers: asMessageHeaders(record.headers) });
    }
    yield* topics.values();
  }
}

const outputRecord = (emission: Emission, names: TopicNames, partition: number): OutputRecord => {
  switch (emission.kind) {
    case 'event': {
      const { key, value, headers } = emission;
      return { topic: topicOfEvent(names, emission.type), partition, key, value, headers };
    }
    case 'dead-letter': {
      const source = { topic: names.requested, partition };
      const { timestamp, ...letter } = deadLetter(emission.record, source, emission.poison);
      return { topic: names.deadLetters, partition, ...letter, timestamp: String(timestamp) };
    }
  }
};
