import type { Patch } from './patch.ts';

type Leaders = Readonly<Record<string, readonly number[]>>;
type Cluster = { findLeaderForPartitions(topic: string, partitions: readonly number[]): Leaders };

const NOBODY = '-1';

/**
 * If a partition has no leader, its leader is -1, and kafkajs looks for a broker -1. This patch throws an error that names the partition,
 * and that concerns only this partition.
 */
export const leaderlessPartitions: Patch = {
  module: 'cluster/index.js',
  apply: (cluster: { prototype: Cluster }) => {
    const find = Reflect.get(cluster.prototype, 'findLeaderForPartitions');
    cluster.prototype.findLeaderForPartitions = function (this: Cluster, topic, partitions) {
      const leaders = find.call(this, topic, partitions);
      const leaderless = leaders[NOBODY];
      if (leaderless !== undefined) throw nobodyLeads(topic, leaderless);
      return leaders;
    };
    return cluster;
  },
};

const nobodyLeads = (topic: string, partitions: readonly number[]): Error =>
  Object.assign(
    new Error(
      `no broker leads ${partitions.map((partition) => `${topic}/${String(partition)}`).join(', ')} at present`,
    ),
    { name: 'KafkaJSProtocolError', type: 'LEADER_NOT_AVAILABLE', retriable: true },
  );
