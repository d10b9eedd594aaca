import type { KafkaClient } from '../client/client.ts';
import { createClusterConnection } from '../client/cluster-connection.ts';
import { kafkaFailure } from '../client/failures.ts';
import { AssignerProtocol } from '../patches/kafkajs.ts';
import type { Group, GroupMember, Subscription } from './group.ts';
import { listGroups } from './group-types.ts';
import { factsOf } from './member-facts.ts';
import { fetchNewerGroup } from './new-groups.ts';

/** Empty if the group has no members or does not exist. Rejects with a `Failure`. */
export const fetchGroupMembers = async (
  client: Pick<KafkaClient, 'admin' | 'cluster'>,
  subscription: Subscription,
): Promise<readonly GroupMember[]> => (await fetchGroup(client, subscription)).members;

/** A group that does not exist is `Dead`. Rejects with a `Failure`. */
export const fetchGroup = async (
  client: Pick<KafkaClient, 'admin' | 'cluster'>,
  subscription: Subscription,
): Promise<Group> => {
  const { groupId } = subscription;
  const group = await fetchClassicGroup(client, subscription);
  if (group.state !== 'Dead') return group;
  const connection = createClusterConnection(client);
  try {
    return await connection.run(`asking who is a member of group ${groupId}`, async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      return (
        (await fetchNewerGroup(coordinator, subscription)) ??
        (await fetchOtherGroup(coordinator, groupId)) ??
        group
      );
    });
  } finally {
    await connection.close();
  }
};

/** Without its members: the group's type alone says that RunClose cannot use it. */
const fetchOtherGroup = async (
  coordinator: Parameters<typeof listGroups>[0],
  groupId: string,
): Promise<Group | null> => {
  const listed = (await listGroups(coordinator)).find((each) => each.groupId === groupId);
  return listed === undefined || OF_CONSUMERS.has(listed.type)
    ? null
    : { state: listed.state, protocolType: listed.type, members: [] };
};

const OF_CONSUMERS = new Set(['', 'classic', 'consumer']);

const fetchClassicGroup = async (
  client: Pick<KafkaClient, 'admin'>,
  { groupId, topic }: Subscription,
): Promise<Group> => {
  const admin = client.admin();
  try {
    await admin.connect();
    const { groups } = await admin.describeGroups([groupId]);
    const members = groups
      .flatMap((group) => group.members)
      .map(({ clientId, clientHost, memberAssignment, memberMetadata }) => ({
        clientId,
        host: clientHost.replace(/^\//, ''),
        partitions: readOr(
          [],
          () => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic],
        ),
        topics: readOr([], () => AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics),
        facts: factsOf(memberMetadata),
      }));
    const { state = 'Dead', protocolType = '' } = groups[0] ?? {};
    return { state, protocolType, members };
  } catch (thrown) {
    throw kafkaFailure(thrown, `asking who is a member of group ${groupId}`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/** Any client may join the group, so its bytes may be anything. */
const readOr = <T>(otherwise: T, read: () => T | undefined): T => {
  try {
    return read() ?? otherwise;
  } catch {
    return otherwise;
  }
};
