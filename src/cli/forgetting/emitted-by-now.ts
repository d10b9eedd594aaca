import { ConfigError } from '../../config/config-error.ts';
import { createClusterConnection } from '../../kafka/cluster-connection.ts';
import { fetchClusterId } from '../../kafka/cluster-id.ts';
import { createGroupOffsets } from '../../kafka/group-offsets.ts';
import { topicNames } from '../../kafka/topic-names.ts';
import { type EmittedByNow, NOTHING_MORE } from '../../postgres/forgetting/read-page.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import type { Database } from '../../postgres/pool.ts';
import { Failure } from '../../processor/failure.ts';
import type { CommandContext } from '../frame/cli.ts';
import { openKafka } from '../frame/servers.ts';

/**
 * What Kafka knows to be emitted and Postgres does not yet: a lease is told of its last batch with the next one. Where the group
 * has committed exactly up to where Postgres stands, all of it is out, since events and offset are one transaction: by the same
 * rule a processor that takes over owes nothing (R6). In any other state Postgres alone is believed.
 */
export const emittedByNow = async (context: CommandContext, pool: Database): Promise<EmittedByNow> => {
  try {
    return await askKafka(context, pool);
  } catch (error) {
    const why = reasonOf(error);
    if (why === null) throw error;
    context.output.note(`Kafka was not asked what is emitted by now: ${why}.`);
    return NOTHING_MORE;
  }
};

const askKafka = async (context: CommandContext, pool: Database): Promise<EmittedByNow> => {
  const config = context.settings('kafka');
  const topic = topicNames(config.topics.prefix).requested;
  const kafka = await openKafka(context, { ...config, startupTimeoutSeconds: 0 });
  const connection = createClusterConnection(kafka);
  context.onClose(() => connection.close());
  const clusterId = await connection.run('asking for the cluster id', fetchClusterId);

  // Leases first: what the group has committed by then can only be more.
  const leases = (await listLeases(pool, topic)).filter((lease) => lease.clusterId === clusterId);
  const through = new Map<number, number>();
  for (const groupId of new Set(leases.map((lease) => lease.groupId))) {
    const ofGroup = leases.filter((lease) => lease.groupId === groupId);
    const offsets = createGroupOffsets(kafka, groupId);
    context.onClose(() => offsets.close());
    const committed = await offsets.committed(
      topic,
      ofGroup.map(({ partition }) => partition),
    );
    for (const { partition, nextOffset } of ofGroup)
      if (nextOffset !== null && committed.get(partition) === nextOffset) through.set(partition, nextOffset);
  }
  return { scope: { clusterId, topic }, through };
};

const reasonOf = (error: unknown): string | null => {
  if (error instanceof ConfigError)
    return error.problems.map(({ variable, message }) => `${variable} ${message}`).join(', ');
  return error instanceof Failure && error.code === 'SERVER_UNREACHABLE' ? error.message : null;
};
