import { createClusterConnection } from '../../kafka/client/cluster-connection.ts';
import { fetchClusterId } from '../../kafka/client/cluster-id.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { adoptCluster as adopt, otherClusters } from '../../postgres/lease/clusters.ts';
import { openDatabase, openKafka } from '../servers/servers.ts';
import type { Work } from '../work.ts';

export type AdoptedCluster = {
  readonly clusterId: string;
  readonly topic: string;
  /** The other clusters that held leases on the topic. */
  readonly retired: readonly string[];
};

/** Makes this Kafka cluster the only one whose leases are used. In mode `dry`, only finds the clusters that it would retire. */
export const adoptCluster = async (work: Work, mode: 'dry' | 'write'): Promise<AdoptedCluster> => {
  const config = work.settings('kafka', 'database');
  const topic = topicNames(config.topics.prefix).requested;
  const pool = await openDatabase(work, config);
  const connection = createClusterConnection(await openKafka(work, config));
  work.onClose(() => connection.close());
  const clusterId = await connection.run('asking for the cluster id', fetchClusterId);

  const scope = { clusterId, topic };
  const retired = mode === 'write' ? await adopt(pool, scope) : await otherClusters(pool, scope);
  return { clusterId, topic, retired };
};
