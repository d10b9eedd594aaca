/** Finds out the release of each broker. No request tells it, but brokers name the newest `metadata.version` that they know (KIP-584). */
import type { Broker, Cluster } from '../patches/kafkajs-internals.ts';
import { NO_TAGS, readAnswer, string } from '../protocol/flexible-fields.ts';
import { supports } from './flexible-request.ts';

/** `level` is null if the broker does not tell: it is of ZooKeeper's time, or no Apache Kafka. */
export type BrokerRelease = { readonly nodeId: string; readonly level: number | null };

/** The first level of each release. */
const RELEASES = [
  [1, '3.0'],
  [2, '3.1'],
  [3, '3.2'],
  [4, '3.3'],
  [8, '3.4'],
  [9, '3.5'],
  [12, '3.6'],
  [15, '3.7'],
  [20, '3.8'],
  [21, '3.9'],
  [22, '4.0'],
  [26, '4.1 or later'],
] as const;

export const OLDEST_LEVEL = 12;

export const releaseOf = (level: number): string =>
  RELEASES.findLast(([first]) => first <= level)?.[1] ?? 'before 3.0';

/** Leaves out brokers that cannot be reached. Rejects if none can. */
export const fetchBrokerReleases = async (cluster: Cluster): Promise<readonly BrokerRelease[]> => {
  const asked = await Promise.allSettled(
    cluster.getNodeIds().map(async (nodeId) => {
      const broker = await cluster.findBroker({ nodeId });
      return { nodeId, level: await newestLevel(broker) };
    }),
  );
  const answers = asked.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  const refused = asked.find((it) => it.status === 'rejected');
  if (answers.length === 0 && refused !== undefined) throw refused.reason;
  return answers;
};

const API_VERSIONS = { apiKey: 18, apiVersion: 3, apiName: 'ApiVersions' };

const newestLevel = async (broker: Broker): Promise<number | null> => {
  if (!supports(broker, API_VERSIONS)) return null;
  const body = Buffer.concat([NO_TAGS, string('runclose'), string('1'), NO_TAGS]);
  return (await broker.connectionPool.send({
    request: { ...API_VERSIONS, encode: () => Promise.resolve({ buffer: body }) },
    response: {
      decode: (answer: Buffer) => Promise.resolve(levelIn(answer)),
      parse: (level: number | null) => Promise.resolve(level),
    },
    logResponseError: false,
  })) as number | null;
};

const SUPPORTED_FEATURES = 0;

/** The header of this one answer has no tagged fields, so that every client can read the error of a version that is not supported. */
const levelIn = (buffer: Buffer): number | null => {
  const answer = readAnswer(Buffer.concat([NO_TAGS, buffer]));
  answer.int16();
  answer.array(() => {
    for (let numbers = 0; numbers < 3; numbers++) answer.int16();
    answer.tags();
  });
  answer.int32();
  const features = answer.tagged().get(SUPPORTED_FEATURES);
  if (features === undefined) return null;
  const list = readAnswer(Buffer.concat([NO_TAGS, features]));
  const levels = list.array(() => {
    const name = list.string();
    list.int16();
    const newest = list.int16();
    list.tags();
    return { name, newest };
  });
  return levels.find(({ name }) => name === 'metadata.version')?.newest ?? null;
};
