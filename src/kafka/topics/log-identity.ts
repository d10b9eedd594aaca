import { Failure } from '../../processor/failure.ts';
import type { LogIdentity } from '../../processor/ports/input-log.ts';
import { OUTPUT_ROLES, type TopicNames } from '../names/topic-names.ts';
import type { Broker } from '../patches/kafkajs-internals.ts';
import { fetchTopicIds } from './topic-ids.ts';

/** Sends one request, whatever the number of partitions. */
export const fetchLogIdentity = async (broker: Broker, names: TopicNames): Promise<LogIdentity> => {
  const { clusterId, ids } = await fetchTopicIds(broker, Object.values(names));
  const idOf = (topic: string): string | null => {
    const id = ids.get(topic);
    if (id === undefined)
      throw new Failure('transient', 'KAFKA_TOPIC_DELETED', `topic ${topic} no longer exists`, {
        scope: 'local',
      });
    return id;
  };
  const outputs = OUTPUT_ROLES.map((role) => idOf(names[role]));
  return {
    clusterId,
    inputId: idOf(names.requested),
    outputsId: outputs.includes(null) ? null : outputs.join(' '),
  };
};
