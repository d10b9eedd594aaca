import type { KafkaClient } from '../client/client.ts';
import { kafkaFailure } from '../client/failures.ts';
import { AssignerProtocol } from '../patches/kafkajs.ts';

/** A member of a consumer group, and its current partitions of one topic. */
export type GroupMember = {
  readonly clientId: string;
  /** The member's address, as the broker sees it. */
  readonly host: string;
  readonly partitions: readonly number[];
};

/** Empty if the group has no members or does not exist. Rejects with a `Failure`. */
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
