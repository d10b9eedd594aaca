import type { RunClosePublisher } from '../../../src/sdk/publisher.ts';
import { createRunClosePublisher } from '../../../src/sdk/run-close-publisher.ts';
import { createRunEventsSubscriber } from '../../../src/sdk/run-events-subscriber.ts';
import { until } from '../condition.ts';
import { createDeployment } from '../deployment.ts';
import { createRegistryStub } from '../registry-stub.ts';
import { createUnique, type SdkEdges } from './sdk-edges.ts';

export type EdgesOnServers = SdkEdges & { remove(): Promise<void> };

/** Added to the ids of a registry, gives ids that it does not know. */
const UNKNOWN_IDS = 1_000_000_000;
const NOBODY = { kafka: '127.0.0.1:1', registry: 'http://127.0.0.1:1' };

export const createEdgesOnServers = async (): Promise<EdgesOnServers> => {
  const deployment = await createDeployment(2);
  const { admin, names, groupId, env } = deployment;
  const unique = createUnique();
  const parkings: string[] = [];
  let serving = await deployment.serve();
  let isServing = true;
  let started: { stop(): unknown }[] = [];
  let away = new Set<'kafka' | 'registry'>();

  const servers = () => ({
    kafka: {
      brokers: away.has('kafka') ? [NOBODY.kafka] : [...deployment.brokers],
      clientId: 'runclose-test',
    },
    registry: { url: away.has('registry') ? NOBODY.registry : (env['SCHEMA_REGISTRY_URL'] ?? '') },
    topicPrefix: env['TOPIC_PREFIX'] ?? '',
  });

  const processor: SdkEdges['processor'] = async (state) => {
    if (state === 'away' && isServing) {
      serving.signal('SIGTERM');
      await serving.exited;
    }
    if (state === 'back' && !isServing) serving = await deployment.serve();
    isServing = state === 'back';
  };

  const publisherAt = (
    connection: ReturnType<typeof servers>,
    settings: Parameters<SdkEdges['publisher']>[0] = {},
  ): RunClosePublisher => {
    const publisher = createRunClosePublisher({ processorGroupId: groupId, ...settings, ...connection });
    started.push({ stop: () => publisher.close() });
    return publisher;
  };

  return {
    names,
    publisher: (settings) => publisherAt(servers(), settings),
    undecodablePublisher: async () => {
      const registry = await createRegistryStub(env['SCHEMA_REGISTRY_URL'] ?? '');
      registry.shiftIds(UNKNOWN_IDS);
      started.push({ stop: () => registry.close() });
      return publisherAt({ ...servers(), registry });
    },
    subscriber: (settings) => {
      const own = { ...settings, groupId: `${groupId}-${settings.groupId}` };
      const subscriber = createRunEventsSubscriber({ ...own, ...servers() });
      started.push(subscriber);
      return subscriber;
    },
    until,
    pass: async () => undefined,
    processor,
    away: (server) => {
      away.add(server);
    },
    put: async (topic, { key, value, headers = {} }) => {
      await deployment.sendTo(topic, { key, value, headers });
    },
    records: (topic) => deployment.read(topic),
    expire: async (topic) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      await admin.deleteTopicRecords({ topic, partitions });
    },
    redeliver: async (group) => {
      for (const topic of [names.closed, names.summary, names.rejected])
        await admin.resetOffsets({ groupId: `${groupId}-${group}`, topic, earliest: true });
    },
    parkingTopic: async () => {
      const topic = unique(`${env['TOPIC_PREFIX'] ?? ''}parked`);
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
      parkings.push(topic);
      return topic;
    },
    disable: async (channelId) => {
      const { code, stderr } = await deployment.runclose(
        'channel',
        'set',
        channelId,
        '--enabled',
        'false',
        '--by',
        'test',
      );
      if (code !== 0) throw new Error(stderr);
    },
    endTest: async () => {
      await Promise.all(started.map((it) => it.stop()));
      started = [];
      away = new Set();
      await processor('back');
    },
    remove: async () => {
      if (parkings.length > 0) await admin.deleteTopics({ topics: parkings });
      await deployment.remove();
    },
  };
};
