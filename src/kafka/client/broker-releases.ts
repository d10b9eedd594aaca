/**
 * Finds out the release of each broker. Kafka has no request for it, but brokers name the newest `metadata.version` that they know
 * (KIP-584).
 */
import type { Cluster } from '../patches/kafkajs-internals.ts';
import { NO_TAGS, readFields, string } from '../protocol/flexible-fields.ts';
import { sendFlexible, supports, type FlexibleRequest } from './flexible-request.ts';

/** `level` is null if the broker names none, as brokers with ZooKeeper do, and servers of other makers. */
export type BrokerRelease = { readonly nodeId: string; readonly level: number | null };

/** Each release, with its lowest level. */
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

export const OLDEST_SUPPORTED_LEVEL = 12;

export const releaseOf = (level: number): string =>
  RELEASES.findLast(([first]) => first <= level)?.[1] ?? 'before 3.0';

/** Leaves out brokers that do not answer. Rejects if none answers. */
export const fetchBrokerReleases = async (cluster: Cluster): Promise<readonly BrokerRelease[]> => {
  const results = await Promise.allSettled(
    cluster.getNodeIds().map(async (nodeId) => {
      const broker = await cluster.findBroker({ nodeId });
      return {
        nodeId,
        level: supports(broker, API_VERSIONS) ? await sendFlexible(broker, API_VERSIONS) : null,
      };
    }),
  );
  const releases = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (releases.length === 0 && failed !== undefined) throw failed.reason;
  return releases;
};

const SUPPORTED_FEATURES_TAG = 0;

/** ApiVersions, version 3. */
const API_VERSIONS: FlexibleRequest<number | null> = {
  apiKey: 18,
  apiVersion: 3,
  apiName: 'ApiVersions',
  body: Buffer.concat([string('runclose'), string('1'), NO_TAGS]), // the name and version of the client
  hasBareAnswer: true,
  read: (answer) => {
    const errorCode = answer.int16();
    answer.array(() => {
      answer.int16(); // key of a request
      answer.int16(); // its oldest version
      answer.int16(); // its newest version
      answer.tags();
    });
    answer.int32(); // throttle time
    const features = answer.tagged().get(SUPPORTED_FEATURES_TAG);
    return errorCode === 0 && features !== undefined ? newestMetadataVersionIn(features) : null;
  },
};

const newestMetadataVersionIn = (features: Buffer): number | null => {
  const list = readFields(features);
  const levels = list.array(() => {
    const name = list.string();
    list.int16(); // the oldest level
    const newest = list.int16();
    list.tags();
    return { name, newest };
  });
  return levels.find(({ name }) => name === 'metadata.version')?.newest ?? null;
};
