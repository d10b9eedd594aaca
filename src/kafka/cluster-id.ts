import type { Cluster } from './kafkajs-internals.ts';

/** The id that the brokers gave their cluster when its storage was formatted: another id is another log. */
export const fetchClusterId = async (cluster: Cluster): Promise<string> => {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const { clusterId } = await broker.metadata([]);
  return clusterId;
};
