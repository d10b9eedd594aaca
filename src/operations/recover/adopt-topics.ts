/** Continues on topics that were deleted and created again. */
import { OUTPUT_ROLES, type TopicNames } from '../../kafka/names/topic-names.ts';
import type { PartitionLease } from '../../postgres/lease/leases.ts';
import { adoptInput, adoptOutputs } from '../../postgres/lease/topics.ts';
import { Failure } from '../../processor/failure.ts';
import type { LogIdentity } from '../../processor/ports/input-log.ts';
import { lookAtEach, openAllTopics } from '../servers/topics.ts';
import type { Work } from '../work.ts';

export type Adoption = 'input' | 'outputs';

/** Finds out which topics are new. `adopt` makes the processors continue on them; `leases` are those before that. */
export const findNewTopics = async (work: Work) => {
  const topics = await look(work);
  const adopts = await adoptionOf(topics);
  return {
    topic: topics.names.requested,
    inputId: topics.identity.inputId,
    leases: topics.leases,
    adopts,
    adopt: async (): Promise<void> => (adopts === null ? undefined : adoptAll(topics, adopts)),
  };
};

const look = async (work: Work) => {
  const topics = await openAllTopics(work);
  const { names, identity, leases } = topics;
  const elsewhere = leases.find(({ clusterId }) => clusterId !== identity.clusterId);
  if (elsewhere !== undefined)
    throw otherCluster({ topic: names.requested, known: elsewhere.clusterId, current: identity.clusterId });
  return topics;
};

type AllTopics = Awaited<ReturnType<typeof look>>;

/** The topics that are not those of the store; null: none. Rejects if events of the old topic could be taken for events of the new one. */
const adoptionOf = async (topics: AllTopics): Promise<Adoption | null> => {
  const { names, identity, leases } = topics;
  const { found: stands, unread } = await lookAtEach(everyPartition(topics), (partition) =>
    standOf(topics, partition),
  );
  if (unread[0] !== undefined) throw cannotTell(names, unread[0].partition, unread[0].failure);
  const isNew =
    stands.some(({ value }) => value.isBeyond) || leases.some((lease) => differs(lease, identity, 'inputId'));
  if (!isNew) return leases.some((lease) => differs(lease, identity, 'outputsId')) ? 'outputs' : null;
  const formerEvents = stands.find(({ value }) => value.last !== null);
  if (formerEvents !== undefined)
    throw outputsOfFormer(names, formerEvents.partition, formerEvents.value.last);
  return 'input';
};

/** Includes partitions that the input no longer has: the former input and the outputs may have more. */
const everyPartition = ({ counts, leases }: AllTopics): readonly number[] => {
  const most = Math.max(...counts.values(), ...leases.map(({ partition }) => partition + 1));
  return Array.from({ length: most }, (_, partition) => partition);
};

/** Finds the last position that the outputs name, and whether the outputs or the store know of more records than the input holds. */
const standOf = async ({ log, names, counts, leases, partitions }: AllTopics, partition: number) => {
  const outputs = OUTPUT_ROLES.map((role) => names[role]).filter(
    (topic) => partition < (counts.get(topic) ?? 0),
  );
  const last = await log.lastSourceIn(outputs, partition);
  const { high } = partitions.includes(partition) ? await log.bounds(partition) : { high: 0 };
  const lease = leases.find((each) => each.partition === partition);
  const known = Math.max(lease?.nextOffset ?? 0, last === null ? 0 : last + 1);
  return { last, isBeyond: known > high || lease?.isCutShort === true };
};

const differs = (lease: PartitionLease, identity: LogIdentity, id: 'inputId' | 'outputsId'): boolean =>
  lease[id] !== null && identity[id] !== null && lease[id] !== identity[id];

const adoptAll = async (
  { pool, log, names, identity, leases }: AllTopics,
  adopts: Adoption,
): Promise<void> => {
  const scope = { clusterId: identity.clusterId, topic: names.requested };
  switch (adopts) {
    case 'input':
      await adoptInput(pool, scope);
      return;
    case 'outputs': {
      const committed = await Promise.all(
        leases.map(
          async ({ partition }) => [partition, (await log.committedOffset(partition)) ?? 0] as const,
        ),
      );
      await adoptOutputs(pool, scope, identity.outputsId ?? '', new Map(committed));
    }
  }
};

const otherCluster = ({
  topic,
  known,
  current,
}: {
  topic: string;
  known: string;
  current: string;
}): Failure =>
  new Failure(
    'fatal',
    'CLUSTER_CHANGED',
    `${topic} was processed on Kafka cluster ${known}, but this is ${current}: \`runclose adopt-cluster\` adopts this cluster`,
  );

/**
 * An event names only the position of its command, not the topic's id. If the outputs held events of both topics, nobody could tell
 * which topic a position belongs to.
 */
const outputsOfFormer = ({ requested }: TopicNames, partition: number, last: number | null): Failure =>
  new Failure(
    'fatal',
    'OUTPUTS_OF_FORMER_TOPIC',
    `the outputs hold events of the former ${requested} (up to ${requested}/${String(partition)}@${String(last)}), which cannot be ` +
      'told from events of the new topic. Nothing was changed. If Postgres was restored to a time before the new topic was adopted, these ' +
      'are events of the new topic: delete nothing, and restore a later backup. Otherwise, either set another TOPIC_PREFIX everywhere and run ' +
      '`runclose setup`: this keeps the old events. Or, once all subscribers have read the old events, delete the four ' +
      'output topics too, run `runclose setup`, and then `runclose adopt-topics` again. Both ways keep the ledgers.',
  );

/** All partitions are adopted together: if one still held events of the former topic, they would count as events of the new one. */
const cannotTell = ({ requested }: TopicNames, partition: number, { code, message }: Failure): Failure =>
  new Failure(
    'transient',
    code,
    `${requested}/${String(partition)} and its outputs cannot be read, and all partitions must be adopted together. Nothing was changed; ` +
      `run this again when these partitions can be read: ${message}`,
  );
