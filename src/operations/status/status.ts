import { fetchGroupMembers } from '../../kafka/consume/group-members.ts';
import { openTopics } from '../servers/topics.ts';
import type { Work } from '../work.ts';
import { partitionAlarms } from './partition-alarms.ts';
import { partitionStatuses, type PartitionStatus } from './partition-status.ts';

export type GroupStatus = { readonly groupId: string; readonly statuses: readonly PartitionStatus[] };

/** Reads the present state of every partition of the input. */
export const groupStatus = async (work: Work): Promise<GroupStatus> => {
  const topics = await openTopics(work);
  const { client, reader, offsets, groupId, names, leases, counts } = topics;

  const members = await fetchGroupMembers(client, groupId, names.requested);
  const alarms = await partitionAlarms(topics);
  const now = Date.now();
  const statuses = await partitionStatuses({ reader, offsets, names, counts, members, leases, alarms, now });
  return { groupId, statuses };
};
