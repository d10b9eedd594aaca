import { fetchGroupMembers } from '../../kafka/consume/group-members.ts';
import { openTopics } from '../servers/topics.ts';
import type { Work } from '../work.ts';
import { type Instance, instancesOf } from './instances.ts';
import { partitionAlarms } from './partition-alarms.ts';
import { partitionStatuses, type PartitionStatus } from './partition-status.ts';

export type GroupStatus = {
  readonly groupId: string;
  readonly instances: readonly Instance[];
  readonly statuses: readonly PartitionStatus[];
};

/** Reads the present state of the group's processes and of every partition of the input. */
export const groupStatus = async (work: Work): Promise<GroupStatus> => {
  const topics = await openTopics(work);
  const { client, reader, offsets, groupId, names, leases, counts } = topics;

  const members = await fetchGroupMembers(client, { groupId, topic: names.requested });
  const asking = instancesOf(members, { now: Date.now() });
  const alarms = await partitionAlarms(topics);
  const now = Date.now();
  const statuses = await partitionStatuses({ reader, offsets, names, counts, members, leases, alarms, now });
  return { groupId, instances: await asking, statuses };
};
