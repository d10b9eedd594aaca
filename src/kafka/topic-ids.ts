/**
 * Kafka's ids of topics (KIP-516): a topic that was deleted and created again has another one. kafkajs speaks `Metadata` up to
 * version 6; ids come with version 10. Brokers that do not speak it (before Kafka 2.8) tell no ids: null.
 */
import { createErrorFromCode, Decoder, Encoder } from './kafkajs.ts';
import type { Broker, ProtocolDecoder } from './kafkajs-internals.ts';

export type TopicIds = {
  /** The id that the brokers gave their cluster when its storage was formatted. */
  readonly clusterId: string;
  /** By name. Null: the brokers tell none. Missing: there is no such topic. */
  readonly ids: ReadonlyMap<string, string | null>;
};

const METADATA = 3;
const VERSION = 10;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const NO_ID = Buffer.alloc(16);

/** What this broker knows of the topics at this moment, whatever the client remembers. */
export const fetchTopicIds = async (broker: Broker, topics: readonly string[]): Promise<TopicIds> => {
  const { maxVersion = 0 } = broker.versions?.[METADATA] ?? {};
  return maxVersion < VERSION
    ? withoutIds(broker, topics)
    : ((await broker.connectionPool.send({ request: requestFor(topics), response: RESPONSE })) as TopicIds);
};

const withoutIds = async (broker: Broker, topics: readonly string[]): Promise<TopicIds> => {
  const { clusterId, topicMetadata } = await broker.metadata(topics);
  return { clusterId, ids: new Map(topicMetadata.map(({ topic }) => [topic, null])) };
};

const requestFor = (topics: readonly string[]) => ({
  apiKey: METADATA,
  apiVersion: VERSION,
  apiName: 'Metadata',
  encode: () => {
    const names = topics.map((topic) =>
      new Encoder().writeBuffer(NO_ID).writeUVarIntString(topic).writeUVarInt(0),
    );
    const encoder = new Encoder()
      // The end of the request's header.
      .writeUVarInt(0)
      .writeUVarIntArray(names)
      // No topic is created by asking for it, and nobody asks what is allowed.
      .writeBoolean(false)
      .writeBoolean(false)
      .writeBoolean(false)
      .writeUVarInt(0);
    return Promise.resolve(encoder);
  },
});

type Decoded = {
  readonly clusterId: string | null;
  readonly topics: readonly { readonly code: number; readonly name: string | null; readonly id: Buffer }[];
};

const RESPONSE = {
  decode: (bytes: Buffer): Promise<Decoded> => {
    const decoder = new Decoder(bytes);
    skipTags(decoder);
    decoder.readInt32();
    decoder.readUVarIntArray(skipBroker);
    const clusterId = decoder.readUVarIntString();
    decoder.readInt32();
    const topics = decoder.readUVarIntArray(readTopic) ?? [];
    return Promise.resolve({ clusterId, topics });
  },
  parse: ({ clusterId, topics }: Decoded): Promise<TopicIds> => {
    const failed = topics.find(({ code }) => code !== 0 && code !== UNKNOWN_TOPIC_OR_PARTITION);
    if (failed !== undefined) throw createErrorFromCode(failed.code);
    const known = topics.filter(({ code }) => code === 0);
    return Promise.resolve({
      clusterId: clusterId ?? '',
      ids: new Map(
        known.map(({ name, id }) => [name ?? '', id.equals(NO_ID) ? null : id.toString('base64url')]),
      ),
    });
  },
};

const skipBroker = (decoder: ProtocolDecoder): void => {
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readInt32();
  decoder.readUVarIntString();
  skipTags(decoder);
};

const readTopic = (decoder: ProtocolDecoder): Decoded['topics'][number] => {
  const code = decoder.readInt16();
  const name = decoder.readUVarIntString();
  const id = decoder.readBytes(NO_ID.length);
  decoder.readBoolean();
  decoder.readUVarIntArray(skipPartition);
  decoder.readInt32();
  skipTags(decoder);
  return { code, name, id };
};

const skipPartition = (decoder: ProtocolDecoder): void => {
  decoder.readInt16();
  decoder.readInt32();
  decoder.readInt32();
  decoder.readInt32();
  for (let lists = 0; lists < 3; lists++) decoder.readUVarIntArray((each) => each.readInt32());
  skipTags(decoder);
};

/** Fields that a later version of the broker may add. kafkajs's own function miscounts them. */
const skipTags = (decoder: ProtocolDecoder): void => {
  for (let left = decoder.readUVarInt(); left > 0; left--) {
    decoder.readUVarInt();
    decoder.readBytes(decoder.readUVarInt());
  }
};
