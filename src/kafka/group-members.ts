import type { KafkaClient } from './client.ts';
import { kafkaFailure } from './failures.ts';
import { AssignerProtocol } from './kafkajs.ts';

/** A member of a consumer group, and the partitions of one topic that it has by now. */
export type GroupMember = {
  readonly clientId: string;
  /** As the broker sees it. */
  readonly host: string;
  readonly partitions: readonly number[];
};

/** Empty where the group has no members, or does not exist. Rejects with a `Failure`. */
export const fetchGroupMembers = async (
  client: Pick<KafkaClient, 'admin'>,
  groupId: string,
  topic: string,
): Promise<readonly GroupMember[]> => {
  const admin = client.admin();
  try {
    await admin.connect();
    const { groups } = await admin.describeGroups([groupId]);
    return groups
      .flatMap(({ members }) => members)
      .map(({ clientId, clientHost, memberAssignment }) => ({
        clientId,
        host: clientHost.replace(/^\//, ''),
        partitions: AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [],
      }));
  } catch (thrown) {
    throw kafkaFailure(thrown, `asking who is a member of group ${groupId}`);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};
