import { createClusterConnection } from '../../src/kafka/client/cluster-connection.ts';
import type { Deployment } from './deployment.ts';
import { testKafka } from './topics.ts';

type Coordinator = {
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
};

/** Removes all members from the group, for members that were killed. The end of their session would do so half a minute later. */
export const removeDeadMembers = async ({
  admin,
  brokers,
  groupId,
}: Pick<Deployment, 'admin' | 'brokers' | 'groupId'>): Promise<void> => {
  const { groups } = await admin.describeGroups([groupId]);
  const members = groups.flatMap((group) => group.members);
  if (members.length === 0) return;
  const connection = createClusterConnection(testKafka(brokers));
  try {
    await connection.run(`removing the dead members of ${groupId}`, async (cluster) => {
      const coordinator = (await cluster.findGroupCoordinator({ groupId })) as unknown as Coordinator;
      for (const { memberId } of members) await coordinator.leaveGroup({ groupId, memberId });
    });
  } finally {
    await connection.close();
  }
};
