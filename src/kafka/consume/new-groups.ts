/**
 * Describes a consumer group of the newer protocol (KIP-848). To the older request, a broker answers that such a group is dead and has no
 * members.
 */
import { sendFlexible, supports, type FlexibleRequest } from '../client/flexible-request.ts';
import type { Broker } from '../patches/kafkajs-internals.ts';
import { array, NO_TAGS, string, type FlexibleReader } from '../protocol/flexible-fields.ts';
import type { Group, GroupMember, Subscription } from './group.ts';

/** Null if the group has another protocol or does not exist, or if the broker does not know the newer protocol. */
export const fetchNewGroup = async (
  coordinator: Pick<Broker, 'versions' | 'connectionPool'>,
  subscription: Subscription,
): Promise<Group | null> => {
  const request = descriptionOf(subscription);
  return supports(coordinator, request) ? sendFlexible(coordinator, request) : null;
};

/** The authorized operations. */
const DO_NOT_INCLUDE = Buffer.from([0]);

/** ConsumerGroupDescribe, version 0. */
const descriptionOf = ({ groupId, topic }: Subscription): FlexibleRequest<Group | null> => ({
  apiKey: 69,
  apiVersion: 0,
  apiName: 'ConsumerGroupDescribe',
  body: Buffer.concat([array([string(groupId)]), DO_NOT_INCLUDE, NO_TAGS]),
  read: (answer) => {
    answer.int32(); // throttle time
    const [group = null] = answer.array(() => {
      const errorCode = answer.int16();
      answer.string(); // error message
      answer.string(); // group id
      const state = answer.string() ?? '';
      answer.int32(); // group epoch
      answer.int32(); // assignment epoch
      answer.string(); // assignor
      const members = answer.array(() => memberIn(answer, topic));
      answer.int32(); // authorized operations
      answer.tags();
      return errorCode === 0 ? { state, protocolType: 'consumer', members } : null;
    });
    return group;
  },
});

const memberIn = (answer: FlexibleReader, topic: string): GroupMember => {
  answer.string(); // member id
  answer.string(); // instance id
  answer.string(); // rack
  answer.int32(); // member epoch
  const clientId = answer.string() ?? '';
  const host = (answer.string() ?? '').replace(/^\//, '');
  const topics = answer.array(() => answer.string() ?? '');
  const pattern = answer.string() ?? '';
  const partitions = assignmentIn(answer).get(topic) ?? [];
  assignmentIn(answer); // the target
  answer.tags();
  return { clientId, host, partitions, topics: pattern === '' ? topics : [...topics, pattern], facts: null };
};

const assignmentIn = (answer: FlexibleReader): ReadonlyMap<string, readonly number[]> => {
  const assignment = answer.array(() => {
    answer.bytes(16); // topic id
    const topic = answer.string() ?? '';
    const partitions = answer.array(() => answer.int32());
    answer.tags();
    return [topic, partitions] as const;
  });
  answer.tags();
  return new Map(assignment);
};
