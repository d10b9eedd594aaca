/**
 * Kafka's topic ids (KIP-516): a topic that was deleted and created again has another id. kafkajs supports `Metadata` up to version 6; ids
 * need version 10. Brokers before Kafka 2.8 do not support version 10, so their ids are null.
 */
import { sendFlexible, supports } from '../client/flexible-request.ts';
import type { Broker } from '../patches/kafkajs-internals.ts';
import { createErrorFromCode } from '../patches/kafkajs.ts';
import { array, NO_TAGS, string, type FlexibleReader } from '../protocol/flexible-fields.ts';
import type { Refusal } from '../rights/refused-right.ts';

export type TopicIds = {
  /** The id that the brokers gave their cluster when its storage was formatted. */
  readonly clusterId: string;
  /** By topic name. Null: the brokers report no ids. Missing: the topic does not exist. */
  readonly ids: ReadonlyMap<string, string | null>;
};

const METADATA = { apiKey: 3, apiVersion: 10, apiName: 'Metadata' };
export const UNKNOWN_TOPIC_OR_PARTITION = 3;
export const TOPIC_AUTHORIZATION_FAILED = 29;
const NO_ID = Buffer.alloc(16);
/** The request creates no topics, and asks for no authorized operations. */
const NEITHER_CREATED_NOR_AUTHORIZED = Buffer.from([0, 0, 0]);

/** Asks this broker, and does not use the client's cached metadata. */
export const fetchTopicIds = async (broker: Broker, topics: readonly string[]): Promise<TopicIds> => {
  if (!supports(broker, METADATA)) return withoutIds(broker, topics);
  const requestedTopics = topics.map((topic) => Buffer.concat([NO_ID, string(topic), NO_TAGS]));
  const body = Buffer.concat([array(requestedTopics), NEITHER_CREATED_NOR_AUTHORIZED, NO_TAGS]);
  const answer = await sendFlexible(broker, { ...METADATA, body, read: readTopicsOf });
  const failed = answer.topics.filter(({ code }) => code !== 0 && code !== UNKNOWN_TOPIC_OR_PARTITION);
  if (failed[0] !== undefined) throw failureOf(failed[0].code, failed);
  const known = answer.topics.filter(({ code }) => code === 0);
  return {
    clusterId: answer.clusterId ?? '',
    ids: new Map(
      known.map(({ name, id }) => [name ?? '', id.equals(NO_ID) ? null : id.toString('base64url')]),
    ),
  };
};

const failureOf = (
  code: number,
  failed: readonly { readonly code: number; readonly name: string | null }[],
): Error => {
  const names = failed.filter((topic) => topic.code === code).map(({ name }) => name ?? '');
  const refused: Refusal = { principal: null, operation: 'DESCRIBE', resource: 'topic', names };
  return Object.assign(createErrorFromCode(code), code === TOPIC_AUTHORIZATION_FAILED ? { refused } : {});
};

const withoutIds = async (broker: Broker, topics: readonly string[]): Promise<TopicIds> => {
  const { clusterId, topicMetadata } = await broker.metadata(topics);
  return { clusterId, ids: new Map(topicMetadata.map(({ topic }) => [topic, null])) };
};

/** Reads an answer to `Metadata`, version 10. */
export const readTopicsOf = (answer: FlexibleReader) => {
  answer.int32();
  answer.array(() => skipBroker(answer));
  const clusterId = answer.string();
  answer.int32();
  return { clusterId, topics: answer.array(() => readTopic(answer)) };
};

const skipBroker = (answer: FlexibleReader): void => {
  answer.int32();
  answer.string();
  answer.int32();
  answer.string();
  answer.tags();
};

const readTopic = (answer: FlexibleReader) => {
  const code = answer.int16();
  const name = answer.string();
  const id = answer.bytes(NO_ID.length);
  answer.boolean();
  answer.array(() => skipPartition(answer));
  const operations = answer.int32();
  answer.tags();
  return { code, name, id, operations };
};

const skipPartition = (answer: FlexibleReader): void => {
  answer.int16();
  for (let fields = 0; fields < 3; fields++) answer.int32();
  for (let lists = 0; lists < 3; lists++) answer.array(() => answer.int32());
  answer.tags();
};
