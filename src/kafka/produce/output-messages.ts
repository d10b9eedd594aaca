import type { Message } from 'kafkajs';
import { Failure } from '../../processor/failure.ts';
import type { Emission } from '../../processor/ports/output.ts';
import type { Headers } from '../../wire/headers.ts';
import { MAX_RECORD_BYTES } from '../compression/decompressed-limit.ts';
import { withCompression, type OutputRequest } from '../compression/requests.ts';
import { topicOfEvent, type TopicNames } from '../names/topic-names.ts';
import { deadLetter } from '../records/dead-letters.ts';
import { asMessageHeaders } from '../records/headers.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { chunksOf, isOversize, sizeOf } from './chunks.ts';

type OutputRecord = TopicPartition & {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers | readonly (readonly [name: string, value: string])[];
  /** In milliseconds. If absent, the producer's clock sets the time. */
  readonly timestamp?: string;
};

type TopicChunk = { readonly topic: string; readonly chunk: readonly OutputRecord[] };

/**
 * The requests to send. No request holds more than one chunk of a topic (chunks.ts), and the records of a topic keep their order. Every
 * record has an explicit partition, so that an output partition has one writer (R5 of docs/adr/0002-six-rules-for-effectively-once.md).
 * Each chunk of dead letters, and each record that is larger than a chunk, is compressed and has a request of its own. Throws
 * `RECORD_TOO_LARGE` for a record that this program could not read.
 */
export function* requestsOf(
  emissions: readonly Emission[],
  names: TopicNames,
  partition: number,
): Generator<OutputRequest, void, undefined> {
  const recordsByTopic = new Map<string, OutputRecord[]>();
  for (const emission of emissions) {
    const record = outputRecord(emission, names, partition);
    if (sizeOf(record) > MAX_RECORD_BYTES) throw tooLarge(record);
    const records = recordsByTopic.get(record.topic);
    if (records === undefined) recordsByTopic.set(record.topic, [record]);
    else records.push(record);
  }
  const needsCompression = ({ topic, chunk }: TopicChunk): boolean =>
    isOversize(chunk) || topic === names.deadLetters;
  // The sender waits for the answer to each request. So a request takes a chunk of every topic: then a full batch needs only one.
  const iterators = [...recordsByTopic].map(([topic, records]) => ({ topic, chunks: chunksOf(records) }));
  for (;;) {
    const round = iterators.flatMap(({ topic, chunks }): readonly TopicChunk[] => {
      const { value: chunk } = chunks.next();
      return chunk === undefined ? [] : [{ topic, chunk }];
    });
    if (round.length === 0) return;
    const plain = round.filter((chunk) => !needsCompression(chunk));
    if (plain.length > 0) yield { topicMessages: plain.map(messagesOf) };
    for (const chunk of round.filter(needsCompression))
      yield withCompression({ topicMessages: [messagesOf(chunk)] });
  }
}

const messagesOf = ({ topic, chunk }: TopicChunk): OutputRequest['topicMessages'][number] => ({
  topic,
  // One copy of each record: leaving its topic out would take another.
  messages: chunk.map((record): Message => ({ ...record, headers: asMessageHeaders(record.headers) })),
});

const tooLarge = (record: OutputRecord): Failure =>
  new Failure(
    'fatal',
    'RECORD_TOO_LARGE',
    `a record of ${String(sizeOf(record))} bytes for ${record.topic} exceeds the limit of ${String(MAX_RECORD_BYTES)} bytes`,
  );

const outputRecord = (emission: Emission, names: TopicNames, partition: number): OutputRecord => {
  switch (emission.kind) {
    case 'event': {
      const { key, value, headers } = emission;
      return { topic: topicOfEvent(names, emission.type), partition, key, value, headers };
    }
    case 'dead-letter': {
      const source = { topic: names.requested, partition };
      const { timestamp, ...letter } = deadLetter(emission.record, source, emission.poison);
      const record = { topic: names.deadLetters, partition, ...letter };
      // The topic may refuse the timestamp of a skipped record.
      return emission.poison.skipped === undefined ? { ...record, timestamp: String(timestamp) } : record;
    }
  }
};
