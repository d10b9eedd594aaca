import type { KafkaClient } from '../client/client.ts';
import { kafkaFailure } from '../client/failures.ts';
import { AssignerProtocol } from '../patches/kafkajs.ts';
import { factsOf, type MemberFacts } from './member-facts.ts';

/** A member of a consumer group, and its current partitions of one topic. */
export type GroupMember = {
  readonly clientId: string;
  /** The member's address, as the broker sees it. */
  readonly host: string;
  readonly partitions: readonly number[];
  /** The topics that the member subscribes; none while the group rebalances, because brokers then show empty subscriptions. */
  readonly topics: readonly string[];
  /** What the member says about its process; null: nothing. */
  readonly facts: MemberFacts | null;
};

export type Group = {
  /** By Kafka's name: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead`. */
  readonly state: string;
  readonly members: readonly GroupMember[];
};

/** Empty if the group has no members or does not exist. Rejects with a `Failure`. */
export const fetchGroupMembers = async (
  client: Pick<KafkaClient, 'admin'>,
  groupId: string,
  topic: string,
): Promise<readonly GroupMember[]> => (await fetchGroup(client, groupId, topic)).members;

/** A group that does not exist is `Dead`. Rejects with a `Failure`. */
export const fetchGroup = async (
  client: Pick<KafkaClient, 'admin'>,
  groupId: string,
  topic: string,
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
    return { state: groups[0]?.state ?? 'Dead', members };
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
