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
  /** If absent, the producer's clock sets the time. */
  readonly timestamp?: string;
};

/**
 * The requests to send. No request holds more than one chunk of a topic (chunks.ts), and the records of a topic keep their order. Each
 * record names its partition, so that an output partition has one writer (R5 of docs/adr/0002-six-rules-for-effectively-once.md). Dead
 * letters, and records that are larger than a chunk, are compressed, each kind in requests of its own. Throws `RECORD_TOO_LARGE` for a
 * record that this program could not read.
 */
export function* requestsOf(
  emissions: readonly Emission[],
  names: TopicNames,
  partition: number,
): Generator<OutputRequest, void, undefined> {
  const topics = new Map<string, OutputRecord[]>();
  for (const emission of emissions) {
    const record = outputRecord(emission, names, partition);
    if (sizeOf(record) > MAX_RECORD_BYTES) throw tooLarge(record);
    const records = topics.get(record.topic);
    if (records === undefined) topics.set(record.topic, [record]);
    else records.push(record);
  }
  // Each request waits for its answer, so one request takes a chunk of each topic: a full batch then needs one.
  const chunks = [...topics].map(([topic, records]) => ({ topic, chunksLeft: chunksOf(records) }));
  for (;;) {
    const round = chunks.flatMap(({ topic, chunksLeft }) => {
      const { value: chunk } = chunksLeft.next();
      return chunk === undefined ? [] : [{ topic, chunk }];
    });
    if (round.length === 0) return;
    const isCompressed = ({ topic, chunk }: Entry): boolean =>
      isOversize(chunk) || topic === names.deadLetters;
    const together = round.filter((entry) => !isCompressed(entry));
    if (together.length > 0) yield { topicMessages: together.map(messagesOf) };
    for (const entry of round.filter(isCompressed))
      yield withCompression({ topicMessages: [messagesOf(entry)] });
  }
}

type Entry = { readonly topic: string; readonly chunk: readonly OutputRecord[] };

const messagesOf = ({ topic, chunk }: Entry): OutputRequest['topicMessages'][number] => ({
  topic,
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
      const written = { topic: names.deadLetters, partition, ...letter };
      // A time that the topic refuses is one of the reasons to skip a record.
      return emission.poison.skipped === undefined ? { ...written, timestamp: String(timestamp) } : written;
    }
  }
};
