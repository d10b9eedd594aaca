import type { Cluster } from '../patches/kafkajs-internals.ts';

/** The id that the cluster got when its storage was formatted. Another id means another log. */
export const fetchClusterId = async (cluster: Cluster): Promise<string> => {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const { clusterId } = await broker.metadata([]);
  return clusterId;
};
